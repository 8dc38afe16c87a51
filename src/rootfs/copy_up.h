// tmpcopyup: a new tmpfs starts with what the directory that it covers holds.
#pragma once

#include "base/status.h"

namespace tare::rootfs {

// Copies everything below the directory `from` (O_PATH) into the directory `to`: files, directories, links,
// nodes, with owner and mode. Links are copied, never followed; other mounts below `from` are not entered.
Status CopyUp(int from, int to);

}  // namespace tare::rootfs
