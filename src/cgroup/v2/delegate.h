// Delegates a cgroup v2 to the user who is root in the container (config-linux.md, "Cgroup ownership").
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup::v2 {

// Changes the owner of the directory and of the files that may be delegated according to the kernel.
Status DelegateDirectory(Directory& directory, uid_t owner);

}  // namespace tare::cgroup::v2
