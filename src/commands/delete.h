// delete: a container that has stopped is removed.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// Removes a stopped container and runs its poststop hooks. With `force` it is killed first, and it is not an
// error if it does not exist. For a supervised container this includes its log and its exit status.
Status Delete(const lifecycle::Runtime& runtime, const std::string& id, bool force);

}  // namespace tare::commands
