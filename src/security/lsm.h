// AppArmor and SELinux labels of the process that will be exec'ed, written through the verified procfs.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::security {

// True if the kernel runs AppArmor / SELinux.
bool ApparmorEnabled();
bool SelinuxEnabled();

// The profile takes effect at the next exec: /proc/self/attr/apparmor/exec, else attr/exec. An error if the
// profile is named and the kernel has no AppArmor. "" does nothing; "unconfined" is written as any other.
Status SetApparmorProfile(const std::string& profile);

// The label for the next exec, and for new keyrings. An error if named without SELinux.
Status SetSelinuxLabel(const std::string& label);

}  // namespace tare::security
