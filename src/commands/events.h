// The story of events: what a container uses, now and then, and word of its running out of memory.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// What the container uses at this moment, as one line of JSON. An error if it has stopped.
StatusOr<std::string> StatsLine(const lifecycle::Runtime& runtime, const std::string& id);

// Calls `tell` with a line for each event, until the container stops or `tell` fails.
using Tell = absl::FunctionRef<Status(const std::string& line)>;
Status WatchEvents(const lifecycle::Runtime& runtime, const std::string& id, absl::Duration interval,
                   Tell tell);

}  // namespace tare::commands
