#include "cgroup/manager.h"

#include "kernel/file.h"

namespace tare::cgroup {

Status WalkIn(const std::vector<kernel::Fd>& doors) {
  // "0" is the writing thread (cgroups(7)); by its own number the kernel would take the slow way.
  for (const kernel::Fd& door : doors)
    TARE_RETURN_IF_ERROR(kernel::WriteOnce(door.get(), "0", "tasks"), "entering the container's cgroup");
  return absl::OkStatus();
}

}  // namespace tare::cgroup
