// What may be denied to a runtime that is not root of the machine, and what a rootless container
// can do without.
#pragma once

#include "base/status.h"

namespace tare::cgroup {

// What happens if the cgroup may not be created: it is an error, or the container has none.
enum class IfDenied { kFail, kGoWithout };

// EPERM, EACCES or EROFS.
bool IsDenied(const Status& status);

// True if this process is not root of the machine: its uid is not 0, or it is in a user namespace other than
// the first. Device rules need that root: v1 requires CAP_SYS_ADMIN and a parent that allows the devices, v2
// requires CAP_BPF in the first user namespace.
bool IsRootless();

// The error if an operation needs a cgroup and the container has none.
Status NoCgroupError();

}  // namespace tare::cgroup
