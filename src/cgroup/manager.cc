#include "cgroup/manager.h"

#include "kernel/file.h"

namespace tare::cgroup {

Status EnterThrough(const std::vector<kernel::Fd>& entry_fds) {
  // "0" is the writing thread (cgroups(7)); by its own number the kernel would take the slow way.
  for (const kernel::Fd& entry_fd : entry_fds)
    TARE_RETURN_IF_ERROR(kernel::WriteOnce(entry_fd.get(), "0", "tasks"), "entering the container's cgroup");
  return absl::OkStatus();
}

}  // namespace tare::cgroup
