// With --no-pivot: hides the host's procfs and sysfs, which would still be in the mount namespace.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::rootfs {

// Unmounts or covers every complete procfs and sysfs in this mount namespace that is not below `rootfs`.
// Without a pivot, they stay in the namespace. As long as there is one without mounts over parts of it, the
// kernel lets a user namespace mount a new one (mount_too_revealing() in fs/namespace.c), in which everything
// that the container's maskedPaths hide would be visible. The runtime's own mount namespace is not changed.
Status HideRevealingMounts(const std::string& rootfs);

}  // namespace tare::rootfs
