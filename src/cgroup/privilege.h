// What a runtime without the machine's root may be refused: answers that a rootless container goes on
// without.
#pragma once

#include "base/status.h"

namespace tare::cgroup {

// What a cgroup that may not be made means for a container.
enum class IfDenied { kFail, kGoWithout };

// EPERM, EACCES or EROFS.
bool IsDenied(const Status& status);

// True if this process is not the machine's root: not uid 0, or in a user namespace other than the first.
// Device rules need that root: v1 wants CAP_SYS_ADMIN and an allowing parent, v2 CAP_BPF in the first user
// namespace.
bool IsRootless();

// What is said when a container without a cgroup is asked for what only a cgroup can do.
Status NoCgroupError();

}  // namespace tare::cgroup
