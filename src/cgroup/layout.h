// Which cgroup hierarchies are mounted where, and where this process is in each of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cgroup {

struct MountedHierarchy {
  std::vector<std::string> controllers;  // {"cpu", "cpuacct"}, {"name=systemd"}; none on v2
  std::string mount_point;
  std::string own;  // the process's cgroup below mount_point, "" if it is the root
};

struct Layout {
  bool unified = false;                       // cgroup2 only: `hierarchies` has the one
  std::vector<MountedHierarchy> hierarchies;  // v1: in the order of /proc/self/cgroup
  std::optional<MountedHierarchy> beside;     // hybrid: the cgroup2 at UnifiedBeside(), without controllers
};

// From the texts of /proc/self/mountinfo and /proc/PID/cgroup. A cgroup2 beside v1 hierarchies counts where
// systemd has it; anywhere else it is somebody else's.
StatusOr<Layout> ParseLayout(absl::string_view mountinfo, absl::string_view cgroup);

// The layout of this machine, as this process or another one sees it.
StatusOr<Layout> ReadLayout(const std::string& process = "self");

// True if cgroup2 is mounted at /sys/fs/cgroup, where nearly every v2 machine has it: one system call.
bool UnifiedAtUsualPlace();
inline constexpr char kUsualPlace[] = "/sys/fs/cgroup";

// Where systemd has a cgroup2 beside v1 hierarchies ("hybrid"), without controllers; empty: nowhere.
std::string UnifiedBeside();

}  // namespace tare::cgroup
