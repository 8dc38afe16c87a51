// The freezer of cgroup v2: cgroup.freeze and cgroup.events.
#pragma once

#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup::v2 {

// Returns when every process is frozen. What cannot be frozen within 10 s is thawed again, and an error.
Status FreezeDirectory(Directory& directory);
Status ThawDirectory(Directory& directory);

// True from the moment at which freezing of it was asked for. False for a cgroup that is gone.
StatusOr<bool> IsDirectoryFrozen(Directory& directory);

// True once all in it are frozen, also because a cgroup above it is. False for the root and for a cgroup that
// is gone.
StatusOr<bool> StandsStill(Directory& directory);

}  // namespace tare::cgroup::v2
