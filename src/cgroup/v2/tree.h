// Creates cgroups in the tree of v2: enables the controllers above them, and determines their type.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::cgroup::v2 {

// Creates `path` (relative to `root`, a result of cgroup::Clean()) and the missing directories above it.
// Enables in each directory above it all controllers that the directory itself has, unless that would make it
// threaded. If a controller cannot be enabled, it is an error only later, when a limit needs it. Returns the
// absolute paths of what was missing, the highest first; on failure, these are removed again.
StatusOr<std::vector<std::string>> MakeCgroup(const std::string& root, const std::string& path);

// "domain", "threaded", "domain threaded" or "domain invalid" (cgroups(7)). "domain" for the root, which does
// not have this file.
StatusOr<std::string> TypeOf(const std::string& path);

// True if the cgroup itself contains processes, not only those below it.
bool HoldsProcesses(const std::string& path);

// The end of an error message: why the cgroup at `path` lacks a controller, and what can be done.
std::string WhyAbsent(const std::string& controller, const std::string& path);

}  // namespace tare::cgroup::v2
