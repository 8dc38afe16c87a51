// The places in a rootfs where the container's mounts go.
#pragma once

#include "base/status.h"
#include "lifecycle/create/blueprint.h"

namespace tare::checkpoint {

// Makes what create would make in the rootfs: missing mount points, device nodes, links and the working
// directory. CRIU makes none of them, and the rootfs may be a new one. A child mounts everything in a mount
// namespace of its own, because a mount point may be inside another mount; the mounts go with it.
Status MakeMountPoints(const lifecycle::Blueprint& blueprint);

}  // namespace tare::checkpoint
