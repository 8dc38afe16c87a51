// Marks on a cgroup's directories that say which container they belong to. With them, what is left of a
// container is found without its record, and is not confused with another cgroup of the same name.
#pragma once

#include <string>

#include "cgroup/manager.h"

namespace tare::cgroup {

// The cgroup of an existing container.
struct MarkedCgroup {
  Paths paths;           // empty: there is none
  bool systemd = false;  // it is a scope of systemd
};

// The mark is an extended attribute, in the namespace "trusted" if we are root of the machine, otherwise
// in "user" (xattr(7); kernfs supports both since Linux 5.7). If it cannot be set, the cgroup remains
// without a mark.
void Mark(const MarkedCgroup& cgroup, const std::string& owner);
void Unmark(const Paths& paths);

// True if the cgroup exists and has neither a mark nor a process.
bool IsUnmarkedAndEmpty(const std::string& path);

// Finds the cgroup marked with `owner`. Searches all cgroups of the machine except those below a marked one:
// these belong to a container, which can create any number of them and mark them as it likes.
StatusOr<MarkedCgroup> FindMarked(const std::string& owner);

}  // namespace tare::cgroup
