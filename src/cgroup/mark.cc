#include "cgroup/mark.h"

#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/string_view.h"
#include "cgroup/directory.h"
#include "cgroup/layout.h"
#include "cgroup/privilege.h"

namespace tare::cgroup {
namespace {

constexpr char kScope[] = "scope:";
constexpr char kDirectory[] = "directory:";

const char* MarkName() {
  return IsRootless() ? "user.tare" : "trusted.tare";
}

struct Place {
  std::string path;
  bool systemd = false;
};

// Finds the first one below `top`.
StatusOr<std::optional<Place>> FindBelow(const std::string& top, const std::string& owner) {
  const char* name = MarkName();
  char mark[4096];
  std::vector<std::string> ahead = {top};
  while (!ahead.empty()) {
    const std::string path = std::move(ahead.back());
    ahead.pop_back();
    if (const ssize_t size = getxattr(path.c_str(), name, mark, sizeof mark); size > 0) {
      const absl::string_view text(mark, static_cast<size_t>(size));
      if (text == kScope + owner) return Place{.path = path, .systemd = true};
      if (text == kDirectory + owner) return Place{.path = path};
      continue;
    }
    StatusOr<std::vector<std::string>> inside = DirectoriesIn(path);
    if (ErrnoOf(inside.status()) == ENOENT || ErrnoOf(inside.status()) == EACCES) continue;
    TARE_RETURN_IF_ERROR(inside.status());
    ahead.insert(ahead.end(), inside->begin(), inside->end());
  }
  return std::nullopt;
}

}  // namespace

void Mark(const MarkedCgroup& cgroup, const std::string& owner) {
  const std::string value = (cgroup.systemd ? kScope : kDirectory) + owner;
  std::set<std::string> directories;  // several controllers may share one
  for (const auto& [controller, path] : cgroup.paths) directories.insert(path);
  const char* name = MarkName();
  for (const std::string& directory : directories)
    setxattr(directory.c_str(), name, value.data(), value.size(), 0);
}

void Unmark(const Paths& paths) {
  const char* name = MarkName();
  for (const auto& [controller, path] : paths) removexattr(path.c_str(), name);
}

bool IsUnmarkedAndEmpty(const std::string& path) {
  if (getxattr(path.c_str(), MarkName(), nullptr, 0) >= 0 || errno != ENODATA) return false;
  const StatusOr<std::vector<pid_t>> pids = PidsBelow(path);
  return pids.ok() && pids->empty();
}

StatusOr<MarkedCgroup> FindMarked(const std::string& owner) {
  MarkedCgroup found;
  StatusOr<Layout> layout = ReadLayout();
  if (!layout.ok()) return found;  // no hierarchy is mounted
  if (layout->hybrid) layout->hierarchies.push_back(*std::move(layout->hybrid));
  for (const MountedHierarchy& hierarchy : layout->hierarchies) {
    TARE_ASSIGN_OR_RETURN(const std::optional<Place> place, FindBelow(hierarchy.mount_point, owner));
    if (!place) continue;
    found.systemd = found.systemd || place->systemd;
    if (hierarchy.controllers.empty()) found.paths[""] = place->path;
    for (const std::string& controller : hierarchy.controllers) found.paths[controller] = place->path;
  }
  return found;
}

}  // namespace tare::cgroup
