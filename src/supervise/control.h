// What commands do with a container that may be supervised: they ask its supervisor, and do without one that
// was killed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "lifecycle/commands/delete.h"
#include "lifecycle/commands/kill.h"
#include "lifecycle/commands/state.h"
#include "lifecycle/runtime.h"
#include "spec/state.h"

namespace tare::supervise {

// As lifecycle::State and List, with what is known of the supervision of each; warns if a supervisor was
// killed.
StatusOr<lifecycle::Listing> State(const lifecycle::Runtime& runtime, const std::string& id);
StatusOr<std::vector<lifecycle::Listing>> List(const lifecycle::Runtime& runtime);

// Until the container has ended and is not started again. Its exit status; Unavailable if nobody knows it.
StatusOr<int> Wait(const lifecycle::Runtime& runtime, const std::string& id);

// Sends the signal that `choose` finds in the container's annotations and, if it has not ended after
// `timeout`, SIGKILL. It is not started again.
using ChooseSignal = absl::FunctionRef<StatusOr<int>(const std::map<std::string, std::string>& annotations)>;
Status Stop(const lifecycle::Runtime& runtime, const std::string& id, ChooseSignal choose,
            absl::Duration timeout);

// As lifecycle::Start, Kill and Delete; a signal that is meant to end the container ends its restarts, too.
Status Start(const lifecycle::Runtime& runtime, const std::string& id);
Status Kill(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all);
Status Delete(const lifecycle::Runtime& runtime, const std::string& id, bool force);

}  // namespace tare::supervise
