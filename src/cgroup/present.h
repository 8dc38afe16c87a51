// Where a process is now: its cgroups, which need not be those that it was put into.
#pragma once

#include <sys/types.h>

#include "cgroup/manager.h"

namespace tare::cgroup {

// The cgroups of `pid` in the hierarchies of `paths`, from /proc/PID/cgroup (cgroups(7)). FailedPrecondition:
// not visible from here, because none of our mounts and cgroup namespaces shows it.
StatusOr<Paths> PresentPaths(pid_t pid, const Paths& paths);

// v1: a process that was killed ends when it thaws, and it may have been moved. Below the freezer cgroup of
// `paths` it is thawed; FailedPrecondition: one that is not the container's holds it. On v2 a process dies
// frozen.
Status ThawWhereItIs(pid_t pid, const Paths& paths);

}  // namespace tare::cgroup
