// Sends signals to all processes of a cgroup.
#pragma once

#include <functional>
#include <vector>

#include "base/status.h"
#include "cgroup/manager.h"

namespace tare::cgroup {

using ListPids = std::function<StatusOr<std::vector<pid_t>>()>;

// Sends `signal` to each process. It is not an error if one has ended.
Status SignalEach(const std::vector<pid_t>& pids, int signal);

// Sends SIGKILL to all processes that `list` returns until there are no new ones. A process with a pending
// SIGKILL cannot fork any more (copy_process checks for it), so a list of known pids is complete. False if
// there are still new ones after `rounds`.
StatusOr<bool> KillUntilNoneIsNew(const ListPids& list, int rounds);

// Sends `signal` to all processes of the cgroup while it is frozen: nothing can fork between the list and the
// signals, so each process receives exactly one.
Status SignalFrozen(Manager& manager, int signal);

}  // namespace tare::cgroup
