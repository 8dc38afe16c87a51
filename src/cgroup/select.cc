#include "cgroup/select.h"

#include "cgroup/layout.h"
#include "cgroup/path.h"
#include "cgroup/v1/manager.h"

namespace tare::cgroup {
namespace {

Status NoSystemdDriver() {
  return absl::UnimplementedError(
      "the systemd cgroup driver is not built yet: leave out --systemd-cgroup and let the engine use the "
      "cgroupfs "
      "driver");
}

}  // namespace

StatusOr<std::unique_ptr<Manager>> Select(const Request& request) {
  if (request.systemd) return NoSystemdDriver();
  if (!request.cgroups_path.empty() && Clean(request.cgroups_path).empty())
    return InvalidError("linux.cgroupsPath: \"", request.cgroups_path, "\" is the root of the hierarchy");
  TARE_ASSIGN_OR_RETURN(const Layout layout, ReadLayout());
  if (layout.unified) return absl::UnimplementedError("cgroup v2 is not built yet");
  return v1::Plan(layout, request);
}

StatusOr<std::unique_ptr<Manager>> Attach(const Paths& paths, bool systemd) {
  if (systemd) return NoSystemdDriver();
  return v1::Attach(paths);
}

}  // namespace tare::cgroup
