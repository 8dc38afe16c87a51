#include "cgroup/present.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cgroup/folder.h"
#include "cgroup/layout.h"
#include "cgroup/path.h"

namespace tare::cgroup {
namespace {

bool HasController(const MountedHierarchy& hierarchy, const std::string& controller) {
  if (controller.empty()) return hierarchy.controllers.empty();
  return std::ranges::find(hierarchy.controllers, controller) != hierarchy.controllers.end();
}

}  // namespace

StatusOr<Paths> PresentPaths(pid_t pid, const Paths& paths) {
  TARE_ASSIGN_OR_RETURN(const Layout layout, ReadLayout(absl::StrCat(pid)));
  Paths present;
  for (const auto& [controller, path] : paths) {
    for (const MountedHierarchy& hierarchy : layout.hierarchies)
      if (HasController(hierarchy, controller))
        present[controller] = Join(hierarchy.mount_point, hierarchy.own);
    // What is not below the mount, or outside of our cgroup namespace, looks like the root.
    if (!present.contains(controller) || !Holds(present[controller], pid))
      return absl::FailedPreconditionError(absl::StrCat("the cgroup of process ", pid,
                                                        " is not to be seen from here (see /proc/", pid,
                                                        "/cgroup); it was moved out of ", path));
  }
  return present;
}

}  // namespace tare::cgroup
