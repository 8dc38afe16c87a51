// Reads what a container uses from the files of its cgroups.
#pragma once

#include "base/status.h"
#include "cgroup/manager.h"
#include "spec/stats.h"

namespace tare::stats {

// Reads everything that the kernel counts. Absent files (an older kernel, a missing controller) are read as
// zeros. An error if the container has no cgroup.
StatusOr<spec::Stats> Read(const cgroup::Manager& manager);

}  // namespace tare::stats
