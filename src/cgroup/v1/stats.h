// What the files of a container's cgroups on v1 count.
#pragma once

#include "base/status.h"
#include "cgroup/manager.h"
#include "spec/stats.h"

namespace tare::cgroup::v1 {

StatusOr<spec::Stats> ReadStats(const Paths& paths);

}  // namespace tare::cgroup::v1
