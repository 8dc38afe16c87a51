// Signals to all processes of a cgroup.
#pragma once

#include <functional>
#include <vector>

#include "base/status.h"

namespace tare::cgroup {

using ListPids = std::function<StatusOr<std::vector<pid_t>>()>;

// Sends `signal` to each; one that has ended meanwhile is not an error.
Status SignalEach(const std::vector<pid_t>& pids, int signal);

// SIGKILL to all that are listed until no new ones are: a process with a pending SIGKILL cannot fork any more
// (copy_process checks for it), so that a list of known pids is the end. False if forks stay ahead for
// `rounds`.
StatusOr<bool> KillUntilNoneIsNew(const ListPids& list, int rounds);

}  // namespace tare::cgroup
