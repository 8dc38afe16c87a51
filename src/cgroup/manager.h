// One container's cgroups, whatever the machine has: v1 (a directory a controller), v2, or v1 with a cgroup2
// beside it (hybrid). select.h makes the one that fits; nobody else asks which it is.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// Absolute path of the container's directory by controller ("memory", "name=systemd", ...); v2 has the one
// key
// "". Empty when the container has no cgroup of its own (rootless without delegation).
using Paths = std::map<std::string, std::string>;

// One mounted hierarchy, for the "cgroup" mount of a container.
struct Hierarchy {
  std::string name;                      // directory name: "cpu,cpuacct", "systemd"; v2: ""
  std::string mount_options;             // for mount(2): "cpu,cpuacct", "none,name=systemd"; v2: ""
  std::vector<std::string> controllers;  // links to make beside the directory when it holds several
  std::string path;                      // absolute, the container's own directory
};

// When a process enters on v1. What a process does before it enters the memory controller is not charged to
// the container: init mounts first, so a container starts in a few hundred KiB.
enum class Entry { kAllButMemory, kMemory };

class Manager {
 public:
  virtual ~Manager() = default;

  // True if Create() comes before init, which is then cloned into the cgroup; else after, while init mounts.
  virtual bool precedes_init() const = 0;

  // An error if the cgroup exists and has processes other than `init`, or if a process in it would not run
  // because the cgroup or one above it is frozen (config-linux.md: "a runtime MAY check that the container
  // cgroup is fit for purpose"). Makes and changes nothing.
  virtual Status CheckFit(pid_t init) = 0;

  // Makes the directories, if they are fit (remembering which were missing: those alone are removed by
  // Remove), and on v2 enables the controllers along the path; has systemd make a scope around `init`. On
  // failure what was made is removed.
  virtual Status Create(pid_t init) = 0;

  // An error if Apply() of these cannot be, or may not be now (memory.checkBeforeUpdate). Changes nothing.
  virtual Status Check(const spec::Resources& resources, bool update) = 0;

  // Writes the limits. For a new container device rules replace everything: deny all, then the rules, then
  // the nodes that every container has; for an update absent properties stay as they are.
  virtual Status Apply(const spec::Resources& resources, bool update) = 0;

  // v2: makes `owner` (a uid of the machine) the owner of the cgroup and of the files that may be delegated,
  // for a container with a user and a cgroup namespace and a writable cgroup mount. v1: nothing,
  // because it cannot be safe.
  virtual Status Delegate(uid_t owner) = 0;

  // v2: the directory for CLONE_INTO_CGROUP (Linux 5.7). v1: no descriptor; hybrid: the directory in the
  // cgroup2, which is made now if Create() is still to come, and removed by Remove() also if that never
  // comes.
  virtual StatusOr<kernel::Fd> OpenForClone() = 0;

  // v1: one descriptor a hierarchy for a process that moves itself in, with EnterThrough(). That takes about
  // 0.08 ms for nine hierarchies where Enter() takes 4 to 6 ms: the kernel need not wait until no process of
  // the machine forks or exits (cgroup_attach_lock(), Linux 5.18). v2: none.
  virtual StatusOr<std::vector<kernel::Fd>> OpenEntryFds(Entry entry) = 0;

  // Moves `pid` in, from outside: slow, see OpenEntryFds(). A user who may not do that asks systemd, if the
  // cgroup belongs to it.
  virtual Status Enter(pid_t pid, Entry entry) = 0;

  virtual Status Freeze() = 0;
  virtual Status Thaw() = 0;
  virtual StatusOr<bool> IsFrozen() = 0;

  // Every process in the cgroup and those below it, in this pid namespace.
  virtual StatusOr<std::vector<pid_t>> Pids() = 0;

  // Sends `signal` to all of them; SIGKILL through cgroup.kill where there is one, and a frozen cgroup is
  // thawed so that it dies. Ends when nobody forks away any more.
  virtual Status SignalAll(int signal) = 0;

  // True if the kernel has killed a process of the container for want of memory.
  virtual bool OomKilled() = 0;

  // Removes the directories, those below first; waits for processes that are dying, 10 s at most. Idempotent.
  virtual Status Remove() = 0;

  virtual const Paths& paths() const = 0;

  // True if there is a cgroup2 only.
  virtual bool unified() const = 0;

  // What the container would see mounted.
  virtual std::vector<Hierarchy> Hierarchies() const = 0;
};

// Those of all hierarchies, the memory controller's last.
StatusOr<std::vector<kernel::Fd>> OpenAllEntryFds(Manager& manager);

// Moves this process, which has one thread, in through what OpenEntryFds() opened, before or after a fork.
Status EnterThrough(const std::vector<kernel::Fd>& entry_fds);

}  // namespace tare::cgroup
