// The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart and poststop.
#pragma once

#include <vector>

#include "base/status.h"
#include "spec/config.h"
#include "spec/state.h"

namespace tare::lifecycle {

// hooks::Run in the bundle, as runc and crun have it; a bundle that is gone leaves them in the caller's
// directory.
Status RunInBundle(const std::vector<spec::Hook>& hooks, const char* kind, const spec::State& state);

// The poststop hooks, one by one: a failing one is a warning, and the next one runs.
void RunPoststop(const std::vector<spec::Hook>& hooks, const spec::State& state);

}  // namespace tare::lifecycle
