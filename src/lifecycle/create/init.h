// Init's side of create: the process that becomes the container.
#pragma once

#include "container/gate.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/runtime_hooks.h"
#include "setup/channel.h"
#include "setup/process_setup.h"

namespace tare::lifecycle {

// What init inherits besides the blueprint.
struct InitInput {
  const Blueprint* blueprint = nullptr;
  const setup::ProcessSetup* setup = nullptr;
  setup::Channel* channel = nullptr;  // init's end
  setup::Channel* parents_end =
      nullptr;             // closed at once: otherwise init would not notice that the parent has died
  container::Gate gate;    // where a later `start` is waited for; none with `run`
  kernel::Fd helper;       // Helper::Start
  HookOutput hook_output;  // of the hooks that init runs; their files are not in the container
  const door::Executable* door = nullptr;  // through which init becomes the program; none: it does so itself
};

// Runs in the child of clone3 and returns its exit code. The child ends only by exec or _exit.
int RunInit(InitInput& input);

}  // namespace tare::lifecycle
