#include "cgroup/signal.h"

#include <signal.h>

#include <cerrno>
#include <set>

#include "base/step.h"

namespace tare::cgroup {

Status SignalEach(const std::vector<pid_t>& pids, int signal) {
  TARE_STEP("send signal ", signal, " to ", pids.size(), " processes");
  for (const pid_t pid : pids)
    if (kill(pid, signal) != 0 && errno != ESRCH) return ErrnoError(errno, absl::StrCat("kill(", pid, ")"));
  return absl::OkStatus();
}

Status SignalFrozen(Manager& manager, int signal) {
  return WhileFrozen(manager, [&]() -> Status {
    TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> pids, manager.Pids());
    return SignalEach(pids, signal);
  });
}

StatusOr<bool> KillUntilNoneIsNew(const ListPids& list, int rounds) {
  std::set<pid_t> killed;
  for (int round = 0; round < rounds; ++round) {
    TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> pids, list());
    TARE_RETURN_IF_ERROR(SignalEach(pids, SIGKILL));
    const size_t before = killed.size();
    killed.insert(pids.begin(), pids.end());
    if (killed.size() == before) return true;
  }
  return false;
}

}  // namespace tare::cgroup
