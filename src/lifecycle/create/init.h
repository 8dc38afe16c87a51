// Init's side of create: the process that becomes the container.
#pragma once

#include "container/gate.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/process/channel.h"

namespace tare::lifecycle {

// What init inherits besides the blueprint.
struct InitInput {
  const Blueprint* blueprint = nullptr;
  Channel* channel = nullptr;         // init's end
  kernel::Fd* parents_end = nullptr;  // closed at once, or the end of the parent would go unnoticed
  container::Gate gate;               // create; run: none
  kernel::Fd helper;                  // Helper::Start
};

// Runs in the child of clone3; returns its exit code: the child ends by exec or _exit only.
int RunInit(InitInput& input);

}  // namespace tare::lifecycle
