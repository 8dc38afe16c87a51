// tmpcopyup: copies the content of a directory into the new tmpfs that is mounted over it.
#pragma once

#include "base/status.h"

namespace tare::rootfs {

// Copies everything below the directory `from` (O_PATH) into the directory `to`: files, directories,
// links and nodes, with owner and mode. Links are copied and never followed. Other mounts below `from`
// are not entered.
Status CopyUp(int from, int to);

}  // namespace tare::rootfs
