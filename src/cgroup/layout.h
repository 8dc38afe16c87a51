// Which cgroup hierarchies are mounted where, and in which cgroup of each of them this process is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cgroup {

struct MountedHierarchy {
  std::vector<std::string> controllers;  // {"cpu", "cpuacct"}, {"name=systemd"}; v2: none
  std::string mount_point;
  std::string own;  // the process's cgroup below mount_point, "" if it is the root
};

struct Layout {
  bool unified = false;                       // v2: `hierarchies` has one element
  std::vector<MountedHierarchy> hierarchies;  // v1: in the order of /proc/self/cgroup
  std::optional<MountedHierarchy> hybrid;     // the cgroup2 at HybridMountPoint(), without controllers
};

// A line "ID:CONTROLLERS:PATH" of /proc/PID/cgroup (cgroups(7)).
struct CgroupLine {
  absl::string_view controllers;  // "cpu,cpuacct", "name=systemd"; v2: ""
  absl::string_view path;
};
std::vector<CgroupLine> ParseCgroup(absl::string_view text);

// Parses the texts of /proc/self/mountinfo and /proc/PID/cgroup. A cgroup2 beside v1 hierarchies is used only
// where systemd mounts it; anywhere else it was mounted for another purpose.
StatusOr<Layout> ParseLayout(absl::string_view mountinfo, absl::string_view cgroup);

// The layout of this machine, as this process or another one sees it.
StatusOr<Layout> ReadLayout(const std::string& process = "self");

// True if cgroup2 is mounted at /sys/fs/cgroup, as on nearly every v2 machine. Takes one system call.
bool UnifiedAtUsualPlace();
inline constexpr char kUsualPlace[] = "/sys/fs/cgroup";

// Where systemd has mounted a cgroup2 without controllers beside v1 hierarchies ("hybrid"). Empty: nowhere.
std::string HybridMountPoint();

}  // namespace tare::cgroup
