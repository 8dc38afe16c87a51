// The interface that a program has made in the calling thread's network namespace.
#pragma once

#include <optional>

#include "base/status.h"
#include "hooks/cni/result.h"

namespace tare::usernet {

// The first interface besides the loopback one, with its addresses and gateways. Nothing unless it is up, has
// an address and there is a default route, which the programs add last.
StatusOr<std::optional<cni::Joined>> ReadyInterface();

}  // namespace tare::usernet
