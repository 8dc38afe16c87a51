// Ports of the host that somebody else has: plugins would let the port lead to the new container as well, and
// it depended on the order of rules which one is reached.
#pragma once

#include <string>

#include "base/status.h"
#include "hooks/cni/places.h"
#include "hooks/cni/record.h"
#include "kernel/fd.h"

namespace tare::cni {

// Held (flock(2)) from before CheckPortsAreFree() until the record with the ports is written, so that of two
// containers that come at the same time one gets the port.
StatusOr<kernel::Fd> LockPorts(const Places& places);

// An error if another container publishes one of the record's ports, or a socket is bound to it. A container
// that has ended keeps its ports until it is deleted, or released by "tare network gc".
Status CheckPortsAreFree(const Places& places, const Record& record);

}  // namespace tare::cni
