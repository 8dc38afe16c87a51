// Starts one hook program in a process that is confined first, by a seccomp filter. posix_spawn(3)
// cannot install one.
#pragma once

#include <array>

#include "base/status.h"
#include "hooks/run.h"
#include "kernel/process.h"
#include "spec/config.h"

namespace tare::hooks {

// As SpawnHook (spawn.h), but calls `surroundings.confine` last; an error that it returns is an error here. A
// process that dies between that call and execve(2) counts as started. Only for programs with one thread:
// what is started is at first a copy of the process, with the locks that other threads held.
StatusOr<kernel::Child> SpawnConfinedHook(const spec::Hook& hook, const std::array<int, 3>& stdio,
                                          const Surroundings& surroundings);

}  // namespace tare::hooks
