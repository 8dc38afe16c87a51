// ps: the processes of a container.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "container/container.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// Pids of the container's processes, in the caller's pid namespace.
StatusOr<std::vector<pid_t>> Processes(const lifecycle::Runtime& runtime, const std::string& id);

// True if init, which has not ended, is in another cgroup than `pids`, the processes in the container's
// cgroup: it was moved.
bool IsInitApart(const container::Container& container, const std::vector<pid_t>& pids);

}  // namespace tare::commands
