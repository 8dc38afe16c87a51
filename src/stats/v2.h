// Reads the statistics files of cgroup v2.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/stats.h"

namespace tare::stats::v2 {

StatusOr<spec::Stats> ReadStats(const std::string& path);

}  // namespace tare::stats::v2
