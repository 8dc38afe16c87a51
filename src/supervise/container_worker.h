// What a worker of the supervisor does: it creates the container, or creates it again.
#pragma once

#include "base/status.h"
#include "kernel/socket.h"
#include "lifecycle/runtime.h"
#include "supervise/launch.h"
#include "supervise/stdio.h"

namespace tare::supervise {

// Creates the container with the container's ends of `stdio` as standard streams, and starts it unless it is
// only to be created. On an error nothing is left. The result is for lifecycle::ParseChildProcess().
StatusOr<kernel::Message> CreateContainer(const lifecycle::Runtime& runtime, const Options& options,
                                          const Stdio& stdio);

// Deletes the container, which has ended, creates it again from its copy of config.json, and starts it.
StatusOr<kernel::Message> RecreateContainer(const lifecycle::Runtime& runtime, const Options& options,
                                            const Stdio& stdio);

}  // namespace tare::supervise
