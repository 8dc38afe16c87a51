// The freezer controller of v1 (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
#pragma once

#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup::v1 {

// Returns when every process is frozen. If that is not possible within 10 s (a process is in an
// uninterruptible wait), thaws the cgroup again and returns an error.
Status FreezeDirectory(Directory& freezer);
Status ThawDirectory(Directory& freezer);

// True as soon as this cgroup or one above it has been told to freeze. False if it does not exist.
StatusOr<bool> IsDirectoryFrozen(Directory& freezer);

}  // namespace tare::cgroup::v1
