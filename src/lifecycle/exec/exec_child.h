// The child's side of exec: the process that enters a running container.
#pragma once

#include <vector>

#include "lifecycle/exec/exec_plan.h"
#include "setup/channel.h"

namespace tare::lifecycle {

// What the child inherits besides the plan.
struct ExecChildInput {
  const ExecPlan* plan = nullptr;
  const container::Container* container = nullptr;
  std::vector<kernel::Fd> entry_fds;      // cgroup::EnterThrough
  bool in_pid_namespace = false;          // the parent joined the container's pid namespace before the clone
  setup::Channel* channel = nullptr;      // the child's end
  setup::Channel* parents_end = nullptr;  // closed at once: its end would go unnoticed otherwise
};

// Runs in the child of clone3 and returns its exit code. The child ends only by exec or _exit.
int RunExecChild(const ExecChildInput& input);

}  // namespace tare::lifecycle
