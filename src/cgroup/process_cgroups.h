// The cgroups that a process is in now. They may differ from those that it was created in.
#pragma once

#include <sys/types.h>

#include "cgroup/manager.h"

namespace tare::cgroup {

// The cgroups of `pid` in the hierarchies of `paths`, from /proc/PID/cgroup (cgroups(7)). FailedPrecondition:
// they are not visible in any of our mounts and in our cgroup namespace.
StatusOr<Paths> CgroupsOfProcess(pid_t pid, const Paths& paths);

// A killed process of a v1 freezer dies only when it is thawed, and it may have been moved. Thaws it in the
// freezer cgroup of `paths` or below it. FailedPrecondition: it is frozen by a cgroup that is not the
// container's. On v2 a process also dies while it is frozen, so nothing is done.
Status ThawProcess(pid_t pid, const Paths& paths);

}  // namespace tare::cgroup
