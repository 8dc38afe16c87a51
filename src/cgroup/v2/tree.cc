#include "cgroup/v2/tree.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cgroup/directory.h"
#include "cgroup/path.h"
#include "kernel/file.h"

namespace tare::cgroup::v2 {
namespace {

StatusOr<std::vector<std::string>> ReadWords(const std::string& file) {
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile(file));
  return std::vector<std::string>(absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty()));
}

std::string Enabling(const std::vector<std::string>& controllers) {
  std::string line;
  for (const std::string& controller : controllers)
    absl::StrAppend(&line, line.empty() ? "+" : " +", controller);
  return line;
}

// The root does not have this file. It may contain processes and also enable controllers for its children.
bool IsRoot(const std::string& directory) {
  return access((directory + "/cgroup.type").c_str(), F_OK) != 0;
}

// A domain that contains processes cannot enable controllers like memory and io for its children (EBUSY: "no
// internal processes", cgroups(7)). It can enable those like cpu and pids, but this makes it the root of a
// threaded subtree permanently. There cgroup.procs cannot be read, cgroup.kill has no effect, and memory
// cannot be limited. runc and crun do this to a caller in such a cgroup. We leave it a domain, and the
// container's cgroup, too: without limits, but fully functional.
bool WouldBecomeThreaded(const std::string& directory) {
  if (IsRoot(directory)) return false;
  StatusOr<std::string> type = TypeOf(directory);
  return type.ok() && *type == "domain" && HoldsProcesses(directory);
}

// The controllers that `directory` has and its children do not. Reading this first is cheaper than a write
// that changes nothing, which waits for cgroups that have just been removed (cgroup_lock_and_drain_offline).
Status EnableControllers(const std::string& directory) {
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> wanted, ReadWords(directory + "/cgroup.controllers"));
  const std::string control = directory + "/cgroup.subtree_control";
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> given, ReadWords(control));
  std::erase_if(wanted, [&](const std::string& one) { return std::ranges::find(given, one) != given.end(); });
  if (wanted.empty() || WouldBecomeThreaded(directory)) return absl::OkStatus();
  if (kernel::WriteFile(control, Enabling(wanted)).ok()) return absl::OkStatus();
  // The kernel accepts a write completely or not at all. If one controller is refused (a threaded subtree, a
  // real-time process for cpu), the others must be enabled nevertheless.
  for (const std::string& controller : wanted) kernel::WriteFile(control, "+" + controller).IgnoreError();
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> MakeChild(const std::string& parent, absl::string_view name) {
  TARE_RETURN_IF_ERROR(EnableControllers(parent));
  return MakeDirectories(Join(parent, name));
}

}  // namespace

StatusOr<std::vector<std::string>> MakeCgroup(const std::string& root, const std::string& path) {
  std::vector<std::string> made;
  std::string directory = root;
  for (absl::string_view name : absl::StrSplit(path, '/')) {
    StatusOr<std::vector<std::string>> child = MakeChild(directory, name);
    if (!child.ok()) {
      RemoveDirectories(made);
      return child.status();
    }
    made.insert(made.end(), child->begin(), child->end());
    directory = Join(directory, name);
  }
  return made;
}

bool HoldsProcesses(const std::string& path) {
  StatusOr<std::string> processes = kernel::ReadFile(path + "/cgroup.procs");
  return processes.ok() && !processes->empty();
}

StatusOr<std::string> TypeOf(const std::string& path) {
  StatusOr<std::string> type = kernel::ReadFile(path + "/cgroup.type");
  if (ErrnoOf(type.status()) == ENOENT) return std::string("domain");
  TARE_RETURN_IF_ERROR(type.status());
  return std::string(absl::StripSuffix(*type, "\n"));
}

std::string WhyAbsent(const std::string& controller, const std::string& path) {
  for (std::string directory = path; directory.size() > 1;) {
    directory = directory.substr(0, directory.rfind('/'));
    StatusOr<std::vector<std::string>> there = ReadWords(directory + "/cgroup.controllers");
    if (!there.ok()) break;
    if (std::ranges::find(*there, controller) == there->end()) continue;
    if (!IsRoot(directory) && HoldsProcesses(directory))
      return absl::StrCat(directory,
                          " holds processes, and so cannot enable controllers for the cgroups below it: "
                          "move its processes into a child cgroup, or choose another linux.cgroupsPath");
    return absl::StrCat("enable it in ", directory,
                        "/cgroup.subtree_control; with systemd, Delegate=", controller);
  }
  return absl::StrCat(
      "nor in any cgroup above it: the kernel was built or started without it, or it belongs to a v1 "
      "hierarchy");
}

}  // namespace tare::cgroup::v2
