// start: the user's program of a created container runs.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

// Whether Start waits until the container is ready and notifies NOTIFY_SOCKET, if its caller has set it. A
// supervisor does so itself.
enum class TellReady { kYes, kNo };

// Returns when the program was exec'ed and the poststart hooks have run. A failing startContainer hook or
// exec is the error of this call; so is a NOTIFY_SOCKET that does not exist, but then the program runs.
Status Start(const Runtime& runtime, const std::string& id, TellReady tell);

}  // namespace tare::lifecycle
