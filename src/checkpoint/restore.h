// restore: a container from images on disk.
#pragma once

#include "base/status.h"
#include "checkpoint/options.h"
#include "lifecycle/child_process.h"
#include "lifecycle/runtime.h"

namespace tare::checkpoint {

// Restores a container, which then runs. In the foreground it waits as lifecycle::Run() does, deletes the
// container and returns init's exit status. Detached, it returns 0. On failure nothing is left.
StatusOr<int> Restore(const lifecycle::Runtime& runtime, const RestoreOptions& options);

// The same in a worker of a process that stays, as lifecycle::CreateInWorker(): init becomes its child. A
// terminal needs no console socket.
StatusOr<lifecycle::ChildProcess> RestoreInWorker(const lifecycle::Runtime& runtime,
                                                  const RestoreOptions& options);

}  // namespace tare::checkpoint
