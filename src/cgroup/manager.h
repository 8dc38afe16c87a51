// The cgroups of one container, whether the machine has v1 (one directory for each controller), v2, or v1
// with a cgroup2 beside it (hybrid). select.h creates the right manager; no other code has to know which
// one it is.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// The absolute path of the container's directory for each controller ("memory", "name=systemd", ...). On v2
// the only key is "". Empty if the container has no cgroup of its own (rootless without delegation).
using Paths = std::map<std::string, std::string>;

// One mounted hierarchy, for the "cgroup" mount of a container.
struct Hierarchy {
  std::string name;                      // directory name: "cpu,cpuacct", "systemd"; v2: ""
  std::string mount_options;             // for mount(2): "cpu,cpuacct", "none,name=systemd"; v2: ""
  std::vector<std::string> controllers;  // links to create beside the directory if it has several
  std::string path;                      // absolute, the container's own directory
};

class Manager {
 public:
  virtual ~Manager() = default;

  // True if Create() is called before init exists, which is then cloned into the cgroup. Otherwise it is
  // called afterwards, while init mounts.
  virtual bool precedes_init() const = 0;

  // An error if the cgroup exists and has processes other than `init`, or if a process in it would not run
  // because the cgroup or one above it is frozen (config-linux.md: "a runtime MAY check that the container
  // cgroup is fit for purpose"). It changes nothing.
  virtual Status CheckFitForPurpose(pid_t init) = 0;

  // Creates the directories, after CheckFitForPurpose(), and remembers which ones were missing, because
  // Remove() removes only those. On v2 it enables the controllers along the path. With systemd it starts a
  // scope around `init`. If it fails, it removes what it has created.
  virtual Status Create(pid_t init) = 0;

  // An error if Apply() cannot apply `resources`, or must not at this moment (memory.checkBeforeUpdate).
  // It changes nothing.
  virtual Status Check(const spec::Resources& resources, bool update) = 0;

  // Writes the limits. For a new container the device rules replace everything: all devices are denied, then
  // the rules are applied, then the nodes that every container has are allowed. In an update, absent
  // properties are left unchanged.
  virtual Status Apply(const spec::Resources& resources, bool update) = 0;

  // v2: makes `owner` (a uid of the machine) the owner of the cgroup and of the files that may be delegated,
  // for a container with a user and a cgroup namespace and a writable cgroup mount. v1: does nothing, because
  // delegation cannot be safe there.
  virtual Status Delegate(uid_t owner) = 0;

  // v2: the directory for CLONE_INTO_CGROUP (Linux 5.7). v1: no descriptor. Hybrid: the directory in the
  // cgroup2, which is created now if Create() has not been called yet. Remove() removes it even if Create()
  // is never called.
  virtual StatusOr<kernel::Fd> OpenForClone() = 0;

  // v1: one descriptor for each hierarchy, through which a process moves itself in with EnterThrough().
  // That takes about 0.08 ms for nine hierarchies where Enter() takes 4 to 6 ms, because the kernel does
  // not have to wait until no process of the machine forks or exits (cgroup_attach_lock(), Linux 5.18).
  // v2: none. The memory controller is entered last, because what a process uses before that is not
  // charged to the container.
  virtual StatusOr<std::vector<kernel::Fd>> OpenEntryFds() = 0;

  // Moves another process in. This is slow, see OpenEntryFds(). If the caller is not permitted to do it and
  // the cgroup belongs to systemd, systemd is asked to.
  virtual Status Enter(pid_t pid) = 0;

  virtual Status Freeze() = 0;
  virtual Status Thaw() = 0;
  virtual StatusOr<bool> IsFrozen() = 0;

  // Every process in the cgroup and in those below it, as numbers of this pid namespace.
  virtual StatusOr<std::vector<pid_t>> Pids() = 0;

  // Sends `signal` to all of them. SIGKILL is sent through cgroup.kill if the kernel has it, and a
  // frozen cgroup is thawed so that its processes die. Returns when no process is left that could have
  // escaped by forking.
  virtual Status SignalAll(int signal) = 0;

  // True if the kernel has killed a process of the container because it was out of memory.
  virtual bool OomKilled() = 0;

  // Removes the directories and those below them. Waits up to 10 s for processes that are dying. Idempotent.
  virtual Status Remove() = 0;

  virtual const Paths& paths() const = 0;

  // True on v2 (not on hybrid).
  virtual bool unified() const = 0;

  // What a cgroup mount of the container shows.
  virtual std::vector<Hierarchy> Hierarchies() const = 0;
};

// Moves the calling process, which must have only one thread, in through the descriptors of OpenEntryFds().
// They may have been opened before a fork.
Status EnterThrough(const std::vector<kernel::Fd>& entry_fds);

// Runs `action` while the container is frozen, if it can be frozen. A container that was frozen
// before stays so.
Status WhileFrozen(Manager& manager, const std::function<Status()>& action);

}  // namespace tare::cgroup
