// Which namespaces a container gets, and at which stage each is created or joined. This is decided before
// anything is changed.
//
// clang-format off
// One clone3(2) creates all that it can. The kernel requires these exceptions:
//   - Joining a pid namespace only affects children, so the parent joins it around the clone.
//   - Beside a NEW user namespace, joined namespaces belong to an outer user namespace, in which init has
//     no privileges: the parent joins these around the clone, too.
//   - A JOINED user namespace is entered first, and new namespaces must be created inside it. A new pid
//     namespace there requires a second clone (CLONE_PARENT: init remains the runtime's child).
//   - A new ipc namespace inside a user namespace is created by init as its root, because the mqueue
//     filesystem belongs to the user that creates it.
//   - A new cgroup namespace is created when init is in its cgroups, and a new time namespace when its
//     offsets can be written.
// clang-format on
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// A namespace that is given by path. It has been opened, and its type has been
// checked (config-linux.md, "path").
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
  std::vector<Joined> around_clone;  // joined by the parent, which returns to its own afterwards
  std::vector<Joined> in_child;      // joined by init; a user namespace comes first
  uint64_t in_joined_user = 0;       // CLONE_NEW* to create inside the joined user namespace
  bool new_user = false;             // the parent writes its ID maps
  bool joins_user = false;
  bool ipc_inside = false;  // created by init when it is root in its user namespace
  bool new_cgroup = false;
  bool new_time = false;
  bool new_mount = false;
  bool joins_mount = false;
  bool new_network = false;
  bool new_pid = false;

  // True if the kernel requires a second clone.
  bool second_clone() const { return joins_user && new_pid; }
  bool has_user() const { return new_user || joins_user; }
  bool has_mount() const { return new_mount || joins_mount; }
};

// `given` is the result of OpenGiven(namespaces). If a given user namespace is the runtime's own, it is
// inherited and not joined: setns(2) fails with EINVAL for it, and would change nothing.
Plan MakePlan(const std::vector<spec::Namespace>& namespaces, std::vector<Joined> given);

}  // namespace tare::namespaces
