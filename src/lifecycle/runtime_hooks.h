// The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart and poststop.
#pragma once

#include <vector>

#include "base/status.h"
#include "spec/config.h"
#include "spec/state.h"

namespace tare::lifecycle {

// Runs the hooks with the bundle as working directory, as runc and crun do; if the bundle is gone, they run
// in the caller's.
Status RunInBundle(const std::vector<spec::Hook>& hooks, const char* kind, const spec::State& state);

// Runs the poststop hooks. One that fails is a warning, and the next one runs.
void RunPoststop(const std::vector<spec::Hook>& hooks, const spec::State& state);

}  // namespace tare::lifecycle
