// What a worker of the supervisor does: makes the container, or makes it again.
#pragma once

#include <string>

#include "base/status.h"
#include "kernel/socket.h"
#include "lifecycle/runtime.h"
#include "lifecycle/process/child_process.h"
#include "supervise/launch.h"
#include "supervise/stdio.h"

namespace tare::supervise {

// Creates it with the container's ends of `stdio` as standard streams and starts it if it is to run; on an
// error nothing is left. The result is for Unpack().
StatusOr<kernel::Message> MakeContainer(const lifecycle::Runtime& runtime, const Options& options,
                                        const Stdio& stdio);

// The same after deleting the one that has ended, with the copy of config.json that it was made from.
StatusOr<kernel::Message> MakeContainerAgain(const lifecycle::Runtime& runtime, const Options& options,
                                             const Stdio& stdio);

// Decodes a worker's message.
StatusOr<lifecycle::ChildProcess> Unpack(kernel::Message message);

}  // namespace tare::supervise
