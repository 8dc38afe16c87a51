// start: the user's program of a created container runs.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// Returns when the program was executed and the poststart hooks have run. If the caller has set NOTIFY_SOCKET
// and the container has no supervisor, which does this itself, waits until the container is ready and
// notifies that socket.
//
// A startContainer hook or an exec that fails is the error of this call. So is a NOTIFY_SOCKET that does not
// exist, but then the program runs.
Status Start(const lifecycle::Runtime& runtime, const std::string& id);

}  // namespace tare::commands
