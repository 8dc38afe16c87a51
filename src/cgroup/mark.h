// Whose a cgroup is, written on its directories: what is left of a container can be found without its record,
// and is not confused with another cgroup of the same name.
#pragma once

#include <string>

#include "cgroup/manager.h"

namespace tare::cgroup {

// An existing container's cgroup.
struct Found {
  Paths paths;           // empty: there is none
  bool systemd = false;  // a scope of systemd's
};

// By an extended attribute, in the name space "trusted" if we are the machine's root, else in "user"
// (xattr(7); kernfs keeps both since Linux 5.7). A cgroup that cannot have one stays without.
void Mark(const Found& cgroup, const std::string& owner);
void Unmark(const Paths& paths);

// True of a cgroup that is there, without a mark and without a process.
bool IsUnclaimed(const std::string& path);

// The cgroup marked with `owner`. Looks at every cgroup of the machine, but not below one that is marked:
// what is there belongs to a container, which may make as many as it likes, with marks of its own.
StatusOr<Found> FindMarked(const std::string& owner);

}  // namespace tare::cgroup
