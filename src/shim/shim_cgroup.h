// Options.shim_cgroup: the cgroup for the shim itself.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"

namespace tare::shim {

// Moves `pid` into the cgroup `path`, from the root of every hierarchy. Creates it where it does not exist.
Status EnterShimCgroup(const std::string& path, pid_t pid);

}  // namespace tare::shim
