// Cgroups: what is mounted, and what the caller may do with it.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cgroup/device_rules.h"
#include "cgroup/directory.h"
#include "cgroup/layout.h"
#include "cgroup/path.h"
#include "cgroup/select.h"
#include "cgroup/v2/device_program.h"
#include "doctor/probes.h"
#include "kernel/bpf.h"
#include "kernel/file.h"

namespace tare::doctor {
namespace {

constexpr char kMountCure[] =
    "mount -t cgroup2 cgroup2 /sys/fs/cgroup; if tare runs in a container, give that container its cgroups "
    "(Docker: --cgroupns=private, not --cgroupns=host with a read-only mount)";
constexpr char kDelegateCure[] =
    "run tare with `systemd-run --user --scope -p Delegate=yes`, or use --systemd-cgroup";
constexpr char kDelegateControllersCure[] =
    "as root, put \"[Service]\\nDelegate=cpu cpuset io memory pids\" into "
    "/etc/systemd/system/user@.service.d/delegate.conf, then systemctl daemon-reload";

std::vector<std::string> ControllersOf(const cgroup::Layout& layout) {
  std::vector<std::string> controllers;
  if (layout.unified) {
    const cgroup::MountedHierarchy& tree = layout.hierarchies.front();
    const std::string text =
        kernel::ReadFile(absl::StrCat(cgroup::Join(tree.mount_point, tree.own), "/cgroup.controllers"))
            .value_or("");
    return absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  }
  for (const cgroup::MountedHierarchy& hierarchy : layout.hierarchies)
    controllers.insert(controllers.end(), hierarchy.controllers.begin(), hierarchy.controllers.end());
  return controllers;
}

// The first cgroup of a container that is created now, by a name that no container has.
StatusOr<std::vector<std::string>> PathsOfNew(const Patient& patient) {
  const cgroup::Request request{.container_id = absl::StrCat("tare-doctor-", getpid()),
                                .rootless = !patient.is_root};
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<cgroup::Manager> manager, cgroup::Select(request));
  std::vector<std::string> paths;
  for (const auto& [controller, path] : manager->paths()) paths.push_back(path);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

// Makes the cgroup, and removes it. No controller is enabled for it, because that would remain.
Status TryCgroup(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0) return ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
  rmdir(path.c_str());
  return absl::OkStatus();
}

Status TryCgroups(const Patient& patient) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, PathsOfNew(patient));
  for (const std::string& path : paths) TARE_RETURN_IF_ERROR(TryCgroup(path));
  return absl::OkStatus();
}

}  // namespace

Finding CgroupLayout(const Patient&) {
  const StatusOr<cgroup::Layout> layout = cgroup::ReadLayout();
  if (!layout.ok()) return FindingOf(layout.status(), kMountCure);
  if (layout->unified) return Ok("v2");
  return Ok(layout->hybrid ? "v1, with a cgroup2 beside it (hybrid)" : "v1");
}

Finding CgroupControllers(const Patient& patient) {
  const StatusOr<cgroup::Layout> layout = cgroup::ReadLayout();
  if (!layout.ok()) return FindingOf(layout.status(), kMountCure);
  const std::vector<std::string> present = ControllersOf(*layout);
  std::vector<std::string> absent;
  for (const char* name : {"memory", "pids", "cpu", "cpuset", layout->unified ? "io" : "blkio"})
    if (std::ranges::find(present, name) == present.end()) absent.emplace_back(name);
  if (absent.empty()) return Ok(absl::StrJoin(present, ", "));
  const std::string detail =
      absl::StrCat("not available in tare's own cgroup: ", absl::StrJoin(absent, ", "));
  if (!patient.is_root) return Limited(detail, kDelegateControllersCure);
  return Limited(detail, layout->unified
                             ? "enable them in cgroup.subtree_control of the cgroups above, and boot without "
                               "cgroup_disable= and without a v1 hierarchy that uses them"
                             : "mount their v1 hierarchies, or boot with cgroup v2");
}

Finding NewCgroup(const Patient& patient) {
  const Status made = TryCgroups(patient);
  if (made.ok()) return Ok();
  if (!patient.is_root) return Limited(std::string(made.message()), kDelegateCure);
  return Missing(std::string(made.message()),
                 "remount the cgroup filesystem writable: mount -o remount,rw /sys/fs/cgroup");
}

// The root cgroup does not have the file; every other one does (Linux 5.14).
Finding CgroupKill(const Patient&) {
  const StatusOr<cgroup::Layout> layout = cgroup::ReadLayout();
  if (!layout.ok()) return FindingOf(layout.status(), kMountCure);
  if (!layout->unified)
    return Limited("cgroup v1: processes are frozen and signalled one by one",
                   "boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1)");
  const cgroup::MountedHierarchy& tree = layout->hierarchies.front();
  std::string path = cgroup::Join(tree.mount_point, tree.own);
  if (tree.own.empty()) {
    const auto children = cgroup::DirectoriesIn(path);
    if (!children.ok() || children->empty()) return Ok("there is no cgroup yet to look at");
    path = children->front();
  }
  if (access(absl::StrCat(path, "/cgroup.kill").c_str(), F_OK) == 0) return Ok();
  return Limited("processes are frozen and signalled one by one", "use Linux 5.14 or newer");
}

Finding DeviceRules(const Patient&) {
  const StatusOr<cgroup::Layout> layout = cgroup::ReadLayout();
  if (!layout.ok()) return FindingOf(layout.status(), kMountCure);
  if (layout->unified)
    return FindingOf(
        kernel::LoadDeviceProgram(cgroup::v2::DeviceProgram(cgroup::CompletePolicy({})), "tare_doctor")
            .status(),
        "use a kernel with CONFIG_CGROUP_BPF; if tare runs in a container, that needs CAP_BPF");
  const std::vector<std::string> controllers = ControllersOf(*layout);
  if (std::ranges::find(controllers, "devices") != controllers.end())
    return Ok("by the v1 controller devices");
  return Missing("the v1 controller devices is not mounted",
                 "mkdir /sys/fs/cgroup/devices; mount -t cgroup -o devices cgroup /sys/fs/cgroup/devices");
}

}  // namespace tare::doctor
