#include "cgroup/manager.h"

#include <algorithm>
#include <iterator>

#include "base/step.h"
#include "kernel/file.h"

namespace tare::cgroup {

Status EnterThrough(const std::vector<kernel::Fd>& entry_fds) {
  if (entry_fds.empty()) return absl::OkStatus();
  TARE_STEP("enter the cgroups of ", entry_fds.size(), " hierarchies");
  // "0" means the calling thread (cgroups(7)). With its own number, the kernel would take the slow path.
  for (const kernel::Fd& entry_fd : entry_fds)
    TARE_RETURN_IF_ERROR(kernel::WriteOnce(entry_fd.get(), "0", "tasks"), "entering the container's cgroup");
  return absl::OkStatus();
}

Status WhileFrozen(Manager& manager, const std::function<Status()>& action) {
  TARE_ASSIGN_OR_RETURN(const bool frozen, manager.IsFrozen());
  const bool freeze = !frozen && manager.Freeze().ok();
  Status status = action();
  if (freeze) TARE_RETURN_IF_ERROR(manager.Thaw());
  return status;
}

}  // namespace tare::cgroup
