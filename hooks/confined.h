// Starts one hook program in a process that is confined before it: by a seccomp filter, which posix_spawn(3)
// cannot install.
#pragma once

#include <array>

#include "base/status.h"
#include "hooks/run.h"
#include "kernel/process.h"
#include "spec/config.h"

namespace tare::hooks {

// As SpawnHook (spawn.h), with `surroundings.confine` called last: what it returns is an error here. A
// process that dies between that and its program has been started.
StatusOr<kernel::Child> SpawnConfinedHook(const spec::Hook& hook, const std::array<int, 3>& stdio,
                                          const Surroundings& surroundings);

}  // namespace tare::hooks
