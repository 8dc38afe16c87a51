// Making a cgroup in the v2 tree: the controllers on the way to it, and what kind of cgroup came of it.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::cgroup::v2 {

// Makes `path` (relative to `root`, clean) with its missing parents, and enables in each directory above it
// all controllers that its own parent gives, unless that would make it threaded. One that cannot be enabled
// is an error only later, when a limit needs it. Returns the absolute paths of what was missing, the highest
// first; on failure that is removed again.
StatusOr<std::vector<std::string>> MakeCgroup(const std::string& root, const std::string& path);

// "domain", "threaded", "domain threaded" or "domain invalid" (cgroups(7)); "domain" for the root, which has
// no such file.
StatusOr<std::string> TypeOf(const std::string& path);

// True if processes are right in the cgroup, not only below it.
bool HoldsProcesses(const std::string& path);

// Why the cgroup at `path` lacks a controller and what can be done: the end of an error's sentence.
std::string WhyAbsent(const std::string& controller, const std::string& path);

}  // namespace tare::cgroup::v2
