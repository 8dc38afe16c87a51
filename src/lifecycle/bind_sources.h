// Bind mounts that the runtime prepares for init.
#pragma once

#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "lifecycle/blueprint.h"

namespace tare::lifecycle {

// Opens, as detached mounts, the bind sources that init in its user namespace may have no right to reach, and
// puts id mappings on those that ask for one ("idmap", uidMappings). By position in the mount plan; no
// descriptor: init opens it itself, as it does for all of a container without a user namespace and idmapped
// mounts.
StatusOr<std::vector<kernel::Fd>> PrepareBindSources(const Blueprint& blueprint);

}  // namespace tare::lifecycle
