#include "commands/ps.h"

#include <algorithm>

namespace tare::commands {

bool IsInitApart(const container::Container& container, const std::vector<pid_t>& pids) {
  return container.alive() && std::ranges::find(pids, container.record.init_pid) == pids.end();
}

StatusOr<std::vector<pid_t>> Processes(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const container::Container container, container::Load(runtime.root, id));
  TARE_ASSIGN_OR_RETURN(std::vector<pid_t> pids, container.cgroup->Pids());
  if (IsInitApart(container, pids)) pids.insert(pids.begin(), container.record.init_pid);
  return pids;
}

}  // namespace tare::commands
