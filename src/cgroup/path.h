// Paths of cgroups as strings: linux.cgroupsPath and the lines of /proc/self/cgroup, before anything is
// opened.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tare::cgroup {

// `path` relative to the root of a hierarchy, "" for the root itself: "." and empty components are dropped,
// ".." stops at the root. "a//b/../c" and "/../a/c" both become "a/c".
std::string Clean(absl::string_view path);

// "base/path", whichever of the two is empty or begins with a slash.
std::string Join(absl::string_view base, absl::string_view path);

// The directory above, in the form of Clean().
std::string Above(absl::string_view clean);

// Where `cgroup`, a path of /proc/PID/cgroup, is below a mount that shows the hierarchy from `root` on (field
// 4 of mountinfo). "" if it is not below it, as in a container that sees the host's path of itself.
std::string BelowRoot(absl::string_view cgroup, absl::string_view root);

}  // namespace tare::cgroup
