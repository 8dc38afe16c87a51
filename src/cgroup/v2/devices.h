// The device program of a cgroup v2, in the kernel.
#pragma once

#include "base/status.h"
#include "cgroup/device_rules.h"

namespace tare::cgroup::v2 {

enum class Attached { kNone, kPerhaps };

// Makes `policy` the one of the cgroup with the descriptor `directory`. At no moment has the cgroup less
// restriction than the old or the new policy. kNone: the cgroup is new and has no program; saves the
// question.
Status SetDevicePolicy(int directory, const DevicePolicy& policy, Attached before);

}  // namespace tare::cgroup::v2
