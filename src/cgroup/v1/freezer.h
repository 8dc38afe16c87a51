// The freezer controller of v1 (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
#pragma once

#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup::v1 {

// Returns when every process is frozen. What cannot be frozen within 10 s (a process in an uninterruptible
// wait) is thawed again, and an error.
Status FreezeDirectory(Directory& freezer);
Status ThawDirectory(Directory& freezer);

// True from the moment at which freezing was asked for, also of a cgroup above. False for one that is gone.
StatusOr<bool> IsDirectoryFrozen(Directory& freezer);

}  // namespace tare::cgroup::v1
