// What a container uses, read from the files of its cgroups.
#pragma once

#include "base/status.h"
#include "cgroup/manager.h"
#include "spec/stats.h"

namespace tare::stats {

// All that the kernel counts; a file that is absent (another kernel, a controller that is not there) leaves
// zeros. An error if the container has no cgroup.
StatusOr<spec::Stats> Read(const cgroup::Manager& manager);

}  // namespace tare::stats
