// Giving a cgroup v2 to the user whom a container's root is (config-linux.md, "Cgroup ownership").
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "cgroup/directory.h"

namespace tare::cgroup::v2 {

// Changes the owner of the directory and of the files that the kernel says may be delegated.
Status DelegateDirectory(Directory& directory, uid_t owner);

}  // namespace tare::cgroup::v2
