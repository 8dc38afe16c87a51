// Reads the statistics files of cgroup v1.
#pragma once

#include "base/status.h"
#include "cgroup/manager.h"
#include "spec/stats.h"

namespace tare::stats::v1 {

StatusOr<spec::Stats> ReadStats(const cgroup::Paths& paths);

}  // namespace tare::stats::v1
