// Reads the counters of resctrl for a container, and its shares.
#pragma once

#include <string>

#include "resctrl/group.h"
#include "spec/stats.h"

namespace tare::resctrl {

// Values whose files do not exist are absent. The counters are those of the monitoring group or, without one,
// those of the class, which include all containers in it.
spec::RdtStats ReadStats(const std::string& root, const Group& group);

}  // namespace tare::resctrl
