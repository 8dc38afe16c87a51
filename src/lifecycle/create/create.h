// create and run: from a bundle to a container.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "lifecycle/child_process.h"
#include "lifecycle/create/options.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

// Creates a container, which is then in the created state; the caller may exit. On failure nothing is left.
Status Create(const Runtime& runtime, const CreateOptions& options);

// The same in a worker (kernel/worker.h) of a process that stays: init becomes its child, and a terminal
// needs no console socket. That process has protected its executable before (security/own_executable.h).
StatusOr<ChildProcess> CreateInWorker(const Runtime& runtime, const CreateOptions& options);

struct RunOptions {
  CreateOptions create;
  bool detach = false;
  bool keep = false;  // the container is not deleted when it has ended
  bool no_subreaper = false;
  std::function<void()> started;  // called when the program runs; empty: nothing
};

// Creates and starts a container. In the foreground, it waits until init has ended, forwards signals and the
// terminal, deletes the container (unless `keep`) and returns init's exit status: 128 + N after signal N.
// Detached, it returns 0.
StatusOr<int> Run(const Runtime& runtime, const RunOptions& options);

}  // namespace tare::lifecycle
