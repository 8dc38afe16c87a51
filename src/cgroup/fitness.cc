#include "cgroup/fitness.h"

#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "cgroup/directory.h"

namespace tare::cgroup {

Status CheckUnused(const std::string& path, pid_t init) {
  if (access(path.c_str(), F_OK) != 0) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(std::vector<pid_t> pids, PidsBelow(path));
  std::erase(pids, init);
  if (pids.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("container's cgroup is not empty: ", pids.size(), " process(es) found in ", path));
}

Status FrozenError(const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat("container's cgroup unexpectedly frozen: ", path, ", or a cgroup above it"));
}

}  // namespace tare::cgroup
