// Starts one hook program with nothing of ours but what it is given.
#pragma once

#include <sys/types.h>

#include <array>

#include "base/status.h"
#include "hooks/run.h"
#include "spec/config.h"

namespace tare::hooks {

// The program runs in a process group of its own, in the directory and with the environment that Surroundings
// describes, with `stdio` as its descriptors 0 to 2 and no others, no signal blocked and none ignored. That
// it cannot be exec'ed is an error here ("exec: no such file or directory"). `stdio` stays the caller's; none
// of it may be 0, 1 or 2.
StatusOr<pid_t> SpawnHook(const spec::Hook& hook, const std::array<int, 3>& stdio,
                          const Surroundings& surroundings);

}  // namespace tare::hooks
