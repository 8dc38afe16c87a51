// Options.shim_cgroup: the cgroup that the shim itself lives in.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"

namespace tare::shim {

// Moves `pid` to the cgroup `path` (of the machine's tree) on every hierarchy, making it where it is missing.
Status EnterShimCgroup(const std::string& path, pid_t pid);

}  // namespace tare::shim
