// The cgroup of a container that is being created: made, limited, and marked as the container's own, so that
// it can be found without a record (cgroup/mark.h).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"
#include "container/store.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

class ContainerCgroup {
 public:
  ContainerCgroup(const Blueprint& blueprint, const container::Directory& directory, const Runtime& runtime)
      : blueprint_(blueprint), directory_(directory), runtime_(runtime) {}

  // Writes down the cgroup2 in which init is born: it is made before there is a process to record, and cannot
  // be made and marked in one call.
  Status Note() const;

  // Makes the cgroup with its limits. With systemd, `init` is moved in.
  Status Make(pid_t init);

  // For CLONE_INTO_CGROUP; no descriptor where init enters later.
  StatusOr<kernel::Fd> OpenForClone();

  bool WasOomKilled() const { return made_ && cgroup().OomKilled(); }

  // Kills what is in it, and removes what was made.
  void Undo();

 private:
  cgroup::Manager& cgroup() const { return *blueprint_.cgroup; }
  cgroup::Paths FirstPath() const;
  void Mark(const cgroup::Paths& paths) const;
  Status Delegate();

  const Blueprint& blueprint_;
  const container::Directory& directory_;
  const Runtime& runtime_;
  bool begun_ = false;  // some of it may exist, and is ours
  bool made_ = false;
};

}  // namespace tare::lifecycle
