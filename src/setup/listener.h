// The seccomp listener: who handles the notifications of SCMP_ACT_NOTIFY.
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "setup/channel.h"
#include "spec/config_linux.h"
#include "spec/state.h"

namespace tare::setup {

// Passes the listener of a kListener packet on, with the container process state, to
// linux.seccomp.listenerPath: one connection, one message, then it is closed (config-linux.md, "The Container
// Process State"). `pid` is the process with the filter. Then waits until the sender of the packet has ended:
// the program must not find a child.
Status PassListener(const spec::Seccomp& seccomp, const spec::State& state, pid_t pid, const Packet& packet);

}  // namespace tare::setup
