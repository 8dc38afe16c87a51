// Whether a cgroup that is there already may become a container's. Errors in runc's words, which engines
// show.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"

namespace tare::cgroup {

// An error if processes other than `init` are in the cgroup or below it.
Status CheckUnused(const std::string& path, pid_t init);

Status FrozenError(const std::string& path);

}  // namespace tare::cgroup
