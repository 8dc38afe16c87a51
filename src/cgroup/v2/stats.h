// What the files of a cgroup v2 count.
#pragma once

#include <string>

#include "spec/stats.h"

namespace tare::cgroup::v2 {

spec::Stats ReadStats(const std::string& path);

}  // namespace tare::cgroup::v2
