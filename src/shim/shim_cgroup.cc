#include "shim/shim_cgroup.h"

#include <memory>

#include "cgroup/select.h"

namespace tare::shim {

Status EnterShimCgroup(const std::string& path, pid_t pid) {
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<cgroup::Manager> cgroup,
                        cgroup::Select({.container_id = "shim", .cgroups_path = path}), "shim_cgroup");
  // Other shims may be in it already.
  Status made = cgroup->Create(0);
  if (!made.ok() && !absl::IsFailedPrecondition(made) && !absl::IsAlreadyExists(made)) return made;
  return Annotate(cgroup->Enter(pid), "shim_cgroup");
}

}  // namespace tare::shim
