#include "cgroup/split.h"

#include <sys/stat.h>

#include <cerrno>

#include "cgroup/layout.h"
#include "kernel/file.h"

namespace tare::cgroup {

Status SplitOwnCgroup() {
  TARE_ASSIGN_OR_RETURN(const Layout layout, ReadLayout());
  if (!layout.unified) return absl::OkStatus();
  const MountedHierarchy& unified = layout.hierarchies[0];
  if (unified.own.empty())
    return absl::FailedPreconditionError("tare is in the root of the cgroups, and not in that of a service");
  const std::string path = absl::StrCat(unified.mount_point, "/", unified.own, "/runtime");
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
  return kernel::WriteFile(path + "/cgroup.procs", "0");
}

}  // namespace tare::cgroup
