#include "cgroup/process_cgroups.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cgroup/directory.h"
#include "cgroup/layout.h"
#include "cgroup/path.h"
#include "cgroup/v1/freezer.h"

namespace tare::cgroup {
namespace {

bool HasController(const MountedHierarchy& hierarchy, const std::string& controller) {
  if (controller.empty()) return hierarchy.controllers.empty();
  return std::ranges::find(hierarchy.controllers, controller) != hierarchy.controllers.end();
}

}  // namespace

StatusOr<Paths> CgroupsOfProcess(pid_t pid, const Paths& paths) {
  TARE_ASSIGN_OR_RETURN(const Layout layout, ReadLayout(absl::StrCat(pid)));
  std::vector<MountedHierarchy> hierarchies = layout.hierarchies;
  if (layout.hybrid) hierarchies.push_back(*layout.hybrid);
  Paths present;
  for (const auto& [controller, path] : paths) {
    for (const MountedHierarchy& hierarchy : hierarchies)
      if (HasController(hierarchy, controller))
        present[controller] = Join(hierarchy.mount_point, hierarchy.own);
    // A path that is not below the mount, or is outside of our cgroup namespace, looks like the root.
    if (!present.contains(controller) || !HasProcess(present[controller], pid))
      return absl::FailedPreconditionError(absl::StrCat("the cgroup of process ", pid,
                                                        " is not visible from here (see /proc/", pid,
                                                        "/cgroup): the process was moved out of ", path));
  }
  return present;
}

Status ThawProcess(pid_t pid, const Paths& paths) {
  const auto own = paths.find("freezer");
  if (own == paths.end()) return absl::OkStatus();
  const StatusOr<Paths> present = CgroupsOfProcess(pid, {*own});
  if (!present.ok()) return absl::OkStatus();  // the process has ended
  const std::string& path = present->at("freezer");
  Directory freezer(path);
  // From the bottom up: thawing a cgroup also thaws those below it, unless they are frozen themselves.
  std::string below = path;
  while (absl::StartsWith(absl::StrCat(below, "/"), absl::StrCat(own->second, "/"))) {
    Directory directory(below);
    TARE_RETURN_IF_ERROR(v1::ThawDirectory(directory));
    below.resize(below.find_last_of('/'));
  }
  if (const StatusOr<bool> frozen = v1::IsDirectoryFrozen(freezer); !frozen.ok() || !*frozen)
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("process ", pid, " is frozen by the cgroup ", path,
                   " or one above it, which does not belong to the container: it will exit when thawed"));
}

}  // namespace tare::cgroup
