// Nodes of linux.devices that the machine does not have, for a container in a user namespace.
#pragma once

#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"

namespace tare::lifecycle {

// Init, which may make no node in its user namespace, cannot bind the runtime's own either: there is none, or
// it is another device, and the runtime may make one.
bool IsMissing(const spec::Device& device, const Blueprint& blueprint);

// Makes those that are missing, each a detached mount of a single file, by position in the plan's devices; no
// descriptor: it is not missing. Leaves the caller in a mount namespace of its own that nobody else sees.
StatusOr<std::vector<kernel::Fd>> MakeMissingNodes(const Blueprint& blueprint);

}  // namespace tare::lifecycle
