// exec: one more process in a running container.
#pragma once

#include "base/status.h"
#include "lifecycle/child_process.h"
#include "lifecycle/exec/options.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

// Runs a process in the container. In the foreground, returns the program's exit status: 128 + N after signal
// N. Detached, it returns 0 when the program runs.
StatusOr<int> Exec(const Runtime& runtime, const ExecOptions& options);

// The same in a worker, see CreateInWorker(). Returns when the program runs.
StatusOr<ChildProcess> ExecInWorker(const Runtime& runtime, const ExecOptions& options);

}  // namespace tare::lifecycle
