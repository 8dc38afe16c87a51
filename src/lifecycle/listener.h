// The seccomp listener: who handles the notifications of SCMP_ACT_NOTIFY.
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "kernel/fd.h"
#include "spec/config_linux.h"
#include "spec/state.h"

namespace tare::lifecycle {

// Sends `listener` and the container process state to linux.seccomp.listenerPath: one connection, one
// message, then it is closed (config-linux.md, "The Container Process State"). `pid` is the process with the
// filter.
Status SendListener(const spec::Seccomp& seccomp, const spec::State& state, pid_t pid,
                    const kernel::Fd& listener);

}  // namespace tare::lifecycle
