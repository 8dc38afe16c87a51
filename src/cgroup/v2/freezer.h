// Freezes a cgroup v2, with cgroup.freeze and cgroup.events.
#pragma once

#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup::v2 {

// Returns when every process is frozen. If that is not possible within 10 s, thaws the cgroup again and
// returns an error.
Status FreezeDirectory(Directory& directory);
Status ThawDirectory(Directory& directory);

// True as soon as this cgroup has been told to freeze. False if it does not exist.
StatusOr<bool> IsDirectoryFrozen(Directory& directory);

// True if all its processes are frozen, also if that is because of a cgroup above it. False for the root, and
// for a cgroup that does not exist.
StatusOr<bool> IsEffectivelyFrozen(Directory& directory);

}  // namespace tare::cgroup::v2
