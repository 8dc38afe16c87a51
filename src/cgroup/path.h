// Paths of cgroups as strings, from linux.cgroupsPath and /proc/PID/cgroup. Makes no system calls.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tare::cgroup {

// `path` relative to the root of a hierarchy; "" for the root itself. "." and empty components are dropped,
// and ".." stops at the root: "a//b/../c" and "/../a/c" both become "a/c".
std::string Clean(absl::string_view path);

// "base/path", where each may be empty or begin with a slash.
std::string Join(absl::string_view base, absl::string_view path);

// The directory above. `clean` must be a result of Clean().
std::string Parent(absl::string_view clean);

// Converts `cgroup`, a path of /proc/PID/cgroup, to a path below a mount that shows the hierarchy from
// `root` on (field 4 of mountinfo). "" if it is not below `root`, as in a container that sees its own path
// on the host.
std::string BelowRoot(absl::string_view cgroup, absl::string_view root);

}  // namespace tare::cgroup
