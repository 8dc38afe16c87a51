// Initialises a cpuset of v1: a new one has no CPUs and no memory nodes, and no process can enter it.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::cgroup::v1 {

// Copies CPUs and nodes from the parent to `path` if it has none, after doing the same for its parents. If
// `path` is `fresh`, it is known to have none, and it is not an error if the kernel refuses: an exclusive
// sibling may hold some of them, and the limits are set later.
Status InheritCpuset(const std::string& path, bool fresh);

}  // namespace tare::cgroup::v1
