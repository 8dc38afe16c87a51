// What resctrl counts of a container, and what share it has of what there is.
#pragma once

#include <string>

#include "resctrl/group.h"
#include "spec/stats.h"

namespace tare::resctrl {

// Values of files that do not exist are absent, too. Counters are those of the monitoring group, or,
// without one, of the class: of all containers in it.
spec::RdtStats ReadStats(const std::string& root, const Group& group);

}  // namespace tare::resctrl
