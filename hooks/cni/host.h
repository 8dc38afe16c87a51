// What the network namespace of the caller has already: routes and bridges, by rtnetlink(7).
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/address.h"

namespace tare::cni {

// The destinations of all routes, without default routes and those of one address.
StatusOr<std::vector<IpNetwork>> RoutesOfHost();

// Whether an interface has this name.
bool InterfaceExists(const std::string& name);

// Deletes the bridge if it has no ports. False: it has some, does not exist, or is not a bridge.
StatusOr<bool> DeleteUnusedBridge(const std::string& name);

}  // namespace tare::cni
