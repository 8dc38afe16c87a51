// kill: a signal for a container.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// Sends `signal` to init, or to all processes of the container: SIGKILL, and with `all` any signal. If the
// signal is meant to end the container, its supervisor does not start it again. Errors that engines match:
// "container does not exist", "container not running".
Status Kill(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all);

// The same without asking a supervisor.
Status SendSignal(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all);

}  // namespace tare::commands
