// The cpuset controller's peculiarity on v1: a new cgroup has no CPUs and no memory nodes, and nobody can
// enter it.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::cgroup::v1 {

// Gives `path`, and its parents first, the CPUs and nodes of its parent where it has none. For `path` itself,
// which is known to have none if it is `fresh`, a refusal is not an error: an exclusive sibling may hold some
// of them, and the limits come later.
Status InheritCpuset(const std::string& path, bool fresh);

}  // namespace tare::cgroup::v1
