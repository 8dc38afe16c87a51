// What commands do with a container that may be supervised: they ask its supervisor, and do without one that
// was killed.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "lifecycle/control.h"
#include "lifecycle/runtime.h"
#include "spec/state.h"

namespace tare::supervise {

// Nothing: the container was not made with --supervise.
std::optional<spec::SupervisedState> LookAt(const lifecycle::Runtime& runtime, const std::string& id);

// Adds what is known of its supervision; warns if the supervisor was killed.
void AddSupervision(const lifecycle::Runtime& runtime, lifecycle::Listing& listing);

// Until the container has ended and is not started again. Its exit status; Unavailable if nobody knows it.
StatusOr<int> Wait(const lifecycle::Runtime& runtime, const std::string& id);

// Sends `signal` and, if the container has not ended after `timeout`, SIGKILL. It is not started again.
Status Stop(const lifecycle::Runtime& runtime, const std::string& id, int signal, absl::Duration timeout);

// As lifecycle::Start, Kill and Delete; a signal that is meant to end the container ends its restarts, too.
Status Start(const lifecycle::Runtime& runtime, const std::string& id);
Status Kill(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all);
Status Delete(const lifecycle::Runtime& runtime, const std::string& id, bool force);

}  // namespace tare::supervise
