// AppArmor and SELinux labels for the program that will be executed, written through the verified procfs.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::security {

// True if the kernel runs AppArmor. Reads /sys, so call it in the runtime's mount namespace.
bool ApparmorEnabled();

// True if the kernel runs SELinux.
bool SelinuxEnabled();

// Sets the profile for the next exec (/proc/thread-self/attr/apparmor/exec). It is an error if the profile is
// not loaded, or if the kernel does not run AppArmor, except for "unconfined". "" does nothing.
Status SetApparmorProfile(const std::string& profile);

// Sets the label for the next exec. It is an error if the kernel does not run SELinux. "" does nothing.
Status SetSelinuxLabel(const std::string& label);

// Sets the label of keys and keyrings that this thread creates from now on; "" restores the policy's default.
Status SetSelinuxKeyLabel(const std::string& label);

}  // namespace tare::security
