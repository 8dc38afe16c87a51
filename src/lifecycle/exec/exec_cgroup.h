// The cgroup that a process added by exec enters: the container's, or one below it that --cgroup names.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "cgroup/manager.h"
#include "container/container.h"
#include "kernel/fd.h"
#include "lifecycle/exec/options.h"

namespace tare::lifecycle {

class ExecCgroup {
 public:
  explicit ExecCgroup(const container::Container& container) : container_(container) {}

  // Opens the cgroup. It is the one that init is in if the container's own is gone, or if init has moved
  // below it on v2; a cgroup that was named by --cgroup has no substitute.
  Status Open(const std::vector<std::string>& arguments);

  // Opens the cgroup that init is in, because the container's own cannot be entered (`why`): it may be gone,
  // or may not hold processes because it has controllers for the cgroups below it (cgroups(7), "no internal
  // processes"). An init system in the container has moved its init then.
  Status OpenInits(const Status& why);

  int directory() const { return directory_.get(); }  // for CLONE_INTO_CGROUP; -1: none
  std::vector<kernel::Fd> TakeEntryFds() { return std::exchange(entry_fds_, {}); }

  // Moves `pid` in from outside, for a user who may not clone into the cgroup: systemd may do it for the
  // user. Without systemd, a rootless process stays outside, with a warning: without the container's limits
  // it is more useful than none at all.
  Status EnterFromOutside(pid_t pid, bool rootless);

 private:
  bool InitHasMovedBelow() const;
  Status OpenPaths(const cgroup::Paths& paths, bool systemd);

  const container::Container& container_;
  std::unique_ptr<cgroup::Manager> cgroup_;
  kernel::Fd directory_;
  std::vector<kernel::Fd> entry_fds_;
};

}  // namespace tare::lifecycle
