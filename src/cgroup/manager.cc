#include "cgroup/manager.h"

#include <algorithm>
#include <iterator>

#include "kernel/file.h"

namespace tare::cgroup {

StatusOr<std::vector<kernel::Fd>> OpenAllEntryFds(Manager& manager) {
  TARE_ASSIGN_OR_RETURN(std::vector<kernel::Fd> entry_fds, manager.OpenEntryFds(Entry::kAllButMemory));
  TARE_ASSIGN_OR_RETURN(std::vector<kernel::Fd> memory, manager.OpenEntryFds(Entry::kMemory));
  std::move(memory.begin(), memory.end(), std::back_inserter(entry_fds));
  return entry_fds;
}

Status EnterThrough(const std::vector<kernel::Fd>& entry_fds) {
  // "0" is the writing thread (cgroups(7)); by its own number the kernel would take the slow way.
  for (const kernel::Fd& entry_fd : entry_fds)
    TARE_RETURN_IF_ERROR(kernel::WriteOnce(entry_fd.get(), "0", "tasks"), "entering the container's cgroup");
  return absl::OkStatus();
}

}  // namespace tare::cgroup
