// The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart and poststop.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config.h"
#include "spec/state.h"

namespace tare::lifecycle {

// The files that take the output of hooks, open for appending; no descriptor where there is none.
struct HookOutput {
  kernel::Fd out;
  kernel::Fd err;
};
// A missing file is created with mode 0600. A relative path is relative to the bundle.
StatusOr<HookOutput> OpenHookOutput(const spec::HookFiles& files, const std::string& bundle);

// Runs the hooks with the bundle as working directory, as runc and crun do; if the bundle is gone, they run
// in the caller's.
Status RunInBundle(const std::vector<spec::Hook>& hooks, const char* kind, const spec::State& state,
                   const spec::HookFiles& files);

// Runs the poststop hooks. One that fails is a warning, and the next one runs.
void RunPoststop(const std::vector<spec::Hook>& hooks, const spec::State& state,
                 const spec::HookFiles& files);

}  // namespace tare::lifecycle
