#include "stats/stats.h"

#include <unistd.h>

#include <cerrno>

#include "base/step.h"
#include "cgroup/privilege.h"
#include "stats/v1.h"
#include "stats/v2.h"

namespace tare::stats {
namespace {

// Missing files are read as 0, because they depend on the kernel and the controllers. But it is an error if
// there is no cgroup at all.
Status CheckThere(const cgroup::Paths& paths) {
  int error = 0;
  for (const auto& [controller, path] : paths) {
    if (access(path.c_str(), F_OK) == 0) return absl::OkStatus();
    error = errno;
  }
  return paths.empty() ? cgroup::NoCgroupError()
                       : ErrnoError(error, absl::StrCat("access(", paths.begin()->second, ")"));
}

}  // namespace

StatusOr<spec::Stats> Read(const cgroup::Manager& manager) {
  TARE_STEP("read the statistics of the cgroups");
  TARE_RETURN_IF_ERROR(CheckThere(manager.paths()));
  return manager.unified() ? v2::ReadStats(manager.paths().begin()->second) : v1::ReadStats(manager.paths());
}

}  // namespace tare::stats
