// Which namespaces a container gets, and at which stage: decided once, before anything is touched.
//
// One clone3 makes all that it can. The exceptions are the kernel's:
//   - a joined pid namespace takes effect for children only, so the parent joins it around the clone;
//   - next to a NEW user namespace, the other joined ones belong to an outer user namespace, in which init
//   has no
//     rights any more: the parent joins those around the clone, too;
//   - a JOINED user namespace is entered first, and what is new must then be made inside it; a new pid
//   namespace
//     there takes a second clone (CLONE_PARENT: init stays the runtime's child);
//   - a new ipc namespace inside a user namespace is made by init as its root, to whom its mqueue file system
//   then belongs;
//   - a new cgroup namespace is made when init is in its cgroups, a new time namespace when its offsets are
//   written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// A namespace given by path: open, and of the right type (config-linux.md, "path").
struct Joined {
  spec::NamespaceType type = spec::NamespaceType::kPid;
  std::string path;
  kernel::Fd fd;
};

struct Plan {
  uint64_t clone = 0;                // CLONE_NEW* for the clone by the parent
  std::vector<Joined> around_clone;  // joined by the parent, which returns afterwards
  std::vector<Joined> in_child;      // joined by init; a user namespace is the first
  uint64_t in_joined_user = 0;       // CLONE_NEW* to make after in_child, inside the joined user namespace
  bool new_user = false;             // the parent writes id maps
  bool joins_user = false;
  bool ipc_inside = false;  // made by init, root in its user namespace
  bool new_cgroup = false;
  bool new_time = false;
  bool new_mount = false;
  bool joins_mount = false;
  bool new_network = false;
  bool new_pid = false;

  // The kernel demands a second clone.
  bool second_clone() const { return joins_user && new_pid; }
  bool has_user() const { return new_user || joins_user; }
  bool has_mount() const { return new_mount || joins_mount; }
};

// Opens and checks the given paths. A user namespace that is our own counts as inherited.
StatusOr<Plan> MakePlan(const std::vector<spec::Namespace>& namespaces);

}  // namespace tare::namespaces
