#include "cgroup/select.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "cgroup/layout.h"
#include "cgroup/path.h"
#include "cgroup/v1/manager.h"
#include "cgroup/v2/manager.h"

namespace tare::cgroup {
namespace {

// A relative path starts at the parent of the runtime's own cgroup. The runtime's own contains a process, and
// such a cgroup has no controllers for its children ("no internal processes", cgroups(7)).
std::string UnifiedPath(const Request& request, absl::string_view own) {
  if (absl::StartsWith(request.cgroups_path, "/")) return Clean(request.cgroups_path);
  const std::string inner = Clean(request.cgroups_path.empty() ? request.container_id : request.cgroups_path);
  return Join(Parent(own), inner);
}

bool IsV2(const Paths& paths) {
  return paths.size() == 1 && paths.begin()->first.empty();
}

// Appends `below` to the paths of the named controllers.
Status Descend(Paths& paths, absl::string_view controllers, const std::string& below) {
  for (absl::string_view controller : absl::StrSplit(controllers, ',')) {
    if (controller.empty()) return InvalidError("--cgroup: empty controller before the colon");
    auto found = paths.find(std::string(controller));
    if (found == paths.end())
      return InvalidError("--cgroup: unknown controller ", controller, ": the container has no such cgroup");
    found->second = Join(found->second, below);
  }
  return absl::OkStatus();
}

// A path that leaves the container's cgroup is an error, rather than being changed to one inside it.
StatusOr<std::string> Inside(const std::string& path) {
  for (absl::string_view part : absl::StrSplit(path, '/'))
    if (part == "..")
      return InvalidError("--cgroup: bad sub cgroup path: ", path, " is not a sub cgroup path");
  return Clean(path);
}

}  // namespace

// In the usual case, an absolute path on a v2 machine with the usual mount point, nothing else needs
// to be read.
StatusOr<Layout> LayoutFor(const Request& request) {
  if (!absl::StartsWith(request.cgroups_path, "/") || !UnifiedAtUsualPlace()) return ReadLayout();
  return Layout{.unified = true, .hierarchies = {{.controllers = {}, .mount_point = kUsualPlace, .own = ""}}};
}

StatusOr<std::unique_ptr<Manager>> Select(const Request& request, const StatusOr<Layout>& found) {
  if (!request.cgroups_path.empty() && Clean(request.cgroups_path).empty())
    return InvalidError("linux.cgroupsPath: \"", request.cgroups_path,
                        "\" is the root of the hierarchy: name a cgroup below it");
  // If a path is given and its cgroup cannot be created, it is an error even without privileges.
  const IfDenied if_denied =
      request.rootless && request.cgroups_path.empty() ? IfDenied::kGoWithout : IfDenied::kFail;
  if (!found.ok() && if_denied == IfDenied::kFail) return found.status();
  const Layout layout = found.value_or(Layout{});  // no hierarchy is mounted
  if (!layout.unified) return v1::Plan(layout, request, if_denied);
  const MountedHierarchy& tree = layout.hierarchies[0];
  return v2::Plan(tree.mount_point, UnifiedPath(request, tree.own), if_denied);
}

std::unique_ptr<Manager> None(const StatusOr<Layout>& layout) {
  return layout.ok() && layout->unified ? v2::None() : v1::Plan(Layout{}, {}, IfDenied::kGoWithout);
}

std::unique_ptr<Manager> Existing(const Paths& paths) {
  return IsV2(paths) ? v2::Existing(paths.begin()->second) : v1::Existing(paths);
}

StatusOr<Paths> PathsBelow(const Paths& paths, const std::vector<std::string>& arguments) {
  Paths below = paths;
  for (const std::string& argument : arguments) {
    const size_t colon = argument.find(':');
    if (colon != std::string::npos) {
      TARE_ASSIGN_OR_RETURN(const std::string inside, Inside(argument.substr(colon + 1)));
      TARE_RETURN_IF_ERROR(Descend(below, argument.substr(0, colon), inside));
      continue;
    }
    if (arguments.size() != 1)
      return InvalidError("--cgroup ", argument,
                          ": when given more than once, each needs a CONTROLLER: prefix");
    TARE_ASSIGN_OR_RETURN(const std::string inside, Inside(argument));
    for (auto& [controller, path] : below) path = Join(path, inside);
  }
  return below;
}

}  // namespace tare::cgroup
