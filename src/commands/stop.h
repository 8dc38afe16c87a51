// stop: a container is ended, with time to end by itself.
#pragma once

#include <map>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// Sends the signal that `choose` finds in the container's annotations and, if the container has not ended
// after `timeout`, SIGKILL. Its supervisor does not start it again.
using ChooseSignal = absl::FunctionRef<StatusOr<int>(const std::map<std::string, std::string>& annotations)>;
Status Stop(const lifecycle::Runtime& runtime, const std::string& id, ChooseSignal choose,
            absl::Duration timeout);

}  // namespace tare::commands
