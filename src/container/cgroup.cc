#include "container/cgroup.h"

#include "cgroup/select.h"
#include "systemd/scope.h"

namespace tare::container {
namespace {

// systemd's cgroup is an absolute path, even if the container's is not.
cgroup::Request FilesOf(const CgroupRequest& request) {
  return {.container_id = request.container_id,
          .cgroups_path = request.systemd ? "/" : request.cgroups_path,
          .rootless = request.rootless};
}

}  // namespace

CgroupHost LookAtHost(const CgroupRequest& request) {
  if (request.none) return {.layout = cgroup::LayoutFor({.cgroups_path = "/"}), .slices = ""};
  return {.layout = cgroup::LayoutFor(FilesOf(request)),
          .slices = request.systemd ? systemd::SlicesCgroup(request.rootless) : ""};
}

StatusOr<std::unique_ptr<cgroup::Manager>> PlanCgroup(const CgroupRequest& request, const CgroupHost& host) {
  if (request.none) return cgroup::None(host.layout);
  if (!request.systemd) return cgroup::Select(FilesOf(request), host.layout);
  TARE_ASSIGN_OR_RETURN(systemd::Scope scope, systemd::ScopeFor({.container_id = request.container_id,
                                                                 .cgroups_path = request.cgroups_path,
                                                                 .annotations = request.annotations,
                                                                 .rootless = request.rootless,
                                                                 .slices = host.slices}));
  TARE_ASSIGN_OR_RETURN(
      std::unique_ptr<cgroup::Manager> files,
      cgroup::Select({.container_id = request.container_id, .cgroups_path = "/" + scope.cgroup},
                     host.layout));
  return systemd::NewScope(std::move(scope), request.resources, std::move(files));
}

std::unique_ptr<cgroup::Manager> ExistingCgroup(const cgroup::Paths& paths, bool systemd) {
  std::unique_ptr<cgroup::Manager> files = cgroup::Existing(paths);
  return systemd && !paths.empty() ? systemd::ExistingScope(std::move(files)) : std::move(files);
}

}  // namespace tare::container
