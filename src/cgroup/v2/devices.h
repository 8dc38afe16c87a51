// Attaches the device program to a cgroup v2.
#pragma once

#include "base/status.h"
#include "cgroup/device_rules.h"

namespace tare::cgroup::v2 {

enum class Attached { kNone, kPerhaps };

// Applies `policy` to the cgroup with the descriptor `directory`. At every moment, the restrictions are at
// least those of the old or of the new policy. kNone: the cgroup is new and has no program, so the kernel is
// not asked for one.
Status SetDevicePolicy(int directory, const DevicePolicy& policy, Attached before);

}  // namespace tare::cgroup::v2
