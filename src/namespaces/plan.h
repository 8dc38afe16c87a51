// Which namespaces a container gets, and when it gets each of them: decided once, before anything is touched.
//
// clang-format off
// One clone3(2) makes all that it can. The kernel asks for these exceptions:
//   - A joined pid namespace holds for children only: the parent joins it around the clone.
//   - Beside a NEW user namespace, the joined namespaces belong to an outer user namespace, in which init has no
//     rights any more: the parent joins those around the clone, too.
//   - A JOINED user namespace is entered first, and new namespaces are then made inside it. A new pid namespace
//     there takes a second clone (with CLONE_PARENT, so that init stays the runtime's child).
//   - A new ipc namespace inside a user namespace is made by init, once it is root there: its mqueue file system
//     belongs to the user who makes it.
//   - A new cgroup namespace is made when init is in its cgroups, a new time namespace when its offsets are
//     written.
// clang-format on
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
  bool own = false;  // a user namespace that the runtime is in already
};

// Opens and checks the namespaces that are given by path, in their order.
StatusOr<std::vector<Joined>> OpenGiven(const std::vector<spec::Namespace>& namespaces);

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

  // The kernel asks for a second clone.
  bool second_clone() const { return joins_user && new_pid; }
  bool has_user() const { return new_user || joins_user; }
  bool has_mount() const { return new_mount || joins_mount; }
};

// `given` is OpenGiven(namespaces). A user namespace that is the runtime's own counts as inherited: setns(2)
// into it is EINVAL, and would change nothing.
Plan MakePlan(const std::vector<spec::Namespace>& namespaces, std::vector<Joined> given);

}  // namespace tare::namespaces
