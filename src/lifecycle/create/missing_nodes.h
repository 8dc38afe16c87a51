// Nodes of linux.devices that the machine does not have, for a container in a user namespace.
#pragma once

#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"

namespace tare::lifecycle {

// True if init, which may not make nodes in its user namespace, cannot bind the host's node either, because
// the host has none or one of another device; and if the runtime may make it.
bool IsMissing(const spec::Device& device, const Blueprint& blueprint);

// Makes the missing nodes, each as a detached mount of a single file. The result has the positions of the
// plan's devices, without a descriptor where nothing is missing. The caller is then in a mount namespace
// of its own.
StatusOr<std::vector<kernel::Fd>> MakeMissingNodes(const Blueprint& blueprint);

}  // namespace tare::lifecycle
