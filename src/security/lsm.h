// AppArmor and SELinux labels of the process that will be exec'ed, written through the verified procfs.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::security {

// True if the kernel runs AppArmor. Looks into /sys: to be asked in the runtime's mount namespace.
bool ApparmorEnabled();

// True if the kernel runs SELinux.
bool SelinuxEnabled();

// The profile takes effect at the next exec: /proc/thread-self/attr/apparmor/exec. An error if it is not
// loaded, or if the kernel has no AppArmor: except for "unconfined". "" does nothing.
Status SetApparmorProfile(const std::string& profile);

// The label for the next exec. An error if named without SELinux; "" does nothing.
Status SetSelinuxLabel(const std::string& label);

// The label of keys and keyrings that this thread makes from now on; "" is the policy's default again.
Status SetSelinuxKeyLabel(const std::string& label);

}  // namespace tare::security
