// wait: until a container has ended.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// Waits until the container has ended and will not be started again. Returns its exit status; Unavailable if
// that is not known, because the container has no supervisor.
StatusOr<int> Wait(const lifecycle::Runtime& runtime, const std::string& id);

}  // namespace tare::commands
