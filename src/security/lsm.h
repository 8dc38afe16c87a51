// AppArmor and SELinux labels for the program that will be executed. They are written by its last act
// (door/act.h).
#pragma once

#include <string>

#include "base/status.h"

namespace tare::security {

// True if the kernel runs AppArmor. Reads /sys, so call it in the runtime's mount namespace.
bool ApparmorEnabled();

// True if the kernel runs SELinux.
bool SelinuxEnabled();

// Whether the profile is to be set for the program (door::Act::apparmor); not if it is "". It is an error if
// the kernel does not run AppArmor, except for "unconfined".
StatusOr<bool> AppliesApparmor(const std::string& profile);

// Whether the label is to be set for the program; not if it is "". It is an error if the kernel does not run
// SELinux.
StatusOr<bool> AppliesSelinux(const std::string& label);

// Why the act could not write them: `error` is the errno of write(2).
Status ApparmorError(const std::string& profile, int error);
Status SelinuxError(const std::string& label, int error);

// Sets the label of keys and keyrings that this thread creates from now on; "" restores the policy's default.
Status SetSelinuxKeyLabel(const std::string& label);

}  // namespace tare::security
