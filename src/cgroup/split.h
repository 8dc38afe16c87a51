// A service's cgroup that systemd has delegated (Delegate=yes) is shared by tare and its container.
#pragma once

#include "base/status.h"

namespace tare::cgroup {

// On v2, moves this process from its cgroup to the new one "runtime" below it, as Podman's --cgroups=split
// does: a cgroup with processes has no controllers for the cgroups below it ("no internal processes",
// cgroups(7)). A relative linux.cgroupsPath then names a cgroup below the one that this process was in. On
// v1, it does so anyway.
Status SplitOwnCgroup();

}  // namespace tare::cgroup
