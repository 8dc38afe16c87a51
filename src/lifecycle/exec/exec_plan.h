// What exec needs to know before it clones: the process to run, and the namespaces of the container to join.
#pragma once

#include <linux/sched.h>

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "container/container.h"
#include "door/executable.h"
#include "kernel/fd.h"
#include "lifecycle/exec/options.h"
#include "setup/process_setup.h"

namespace tare::lifecycle {

struct ExecPlan {
  spec::Config config;  // the container's, as it was created
  setup::ProcessSetup setup;
  uint64_t namespaces = 0;  // CLONE_NEW* of all that are joined
  // Through which the process becomes the program. None: it does so itself.
  std::optional<door::Executable> door;
  kernel::Fd root;  // of a container that was not pivoted: the child changes its root, too

  bool joins(uint64_t type) const { return (namespaces & type) != 0; }
};

StatusOr<ExecPlan> MakeExecPlan(const container::Container& container, const ExecOptions& options);

}  // namespace tare::lifecycle
