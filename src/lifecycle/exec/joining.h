// The child's side of exec: the process that enters a running container.
#pragma once

#include <linux/sched.h>

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "container/container.h"
#include "kernel/fd.h"
#include "lifecycle/exec/exec.h"
#include "lifecycle/process/channel.h"
#include "lifecycle/process/process_setup.h"

namespace tare::lifecycle {

// Everything that the child needs, made before the clone.
struct Joining {
  const container::Container* container = nullptr;
  spec::Config config;  // the container's
  ProcessSetup setup;
  uint64_t namespaces = 0;            // CLONE_NEW* of all that are joined
  bool pid_by_parent = false;         // the parent has entered the pid namespace already
  kernel::Fd root;                    // of a container that was not pivoted
  std::vector<kernel::Fd> entry_fds;  // cgroup::EnterThrough

  bool has_user() const { return (namespaces & CLONE_NEWUSER) != 0; }
};

StatusOr<Joining> PlanJoining(const container::Container& container, const ExecOptions& options);

// Runs in the child of clone3; returns its exit code: the child ends by exec or _exit only.
int RunJoining(const Joining& joining, Channel& channel);

}  // namespace tare::lifecycle
