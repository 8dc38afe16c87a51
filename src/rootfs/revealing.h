// For --no-pivot: the machine's own procfs and sysfs.
#pragma once

#include <string>

#include "base/status.h"

namespace tare::rootfs {

// Unmounts, or covers, every whole procfs and sysfs of this mount namespace that is not below `rootfs`.
// Without a pivot they stay in the namespace, and while one is there with nothing mounted over its parts the
// kernel lets a user namespace mount another (mount_too_revealing() in its fs/namespace.c): what the
// container's maskedPaths hide would be there again. In the runtime's namespace nothing changes.
Status HideRevealingMounts(const std::string& rootfs);

}  // namespace tare::rootfs
