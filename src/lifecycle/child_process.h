// A new process of a container, as a program that stays with the container (a supervisor, the shim) gets it
// from the worker that has created it.
#pragma once

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "kernel/socket.h"

namespace tare::lifecycle {

struct ChildProcess {
  kernel::Child
      process;        // not waited for; a child of the caller, or of its subreaper when the caller has exited
  kernel::Fd master;  // of its terminal; none: it has no terminal
  kernel::Fd notify;  // for a NotifyRelay; none: readiness is not reported
};

// The result of a kernel::Worker. Worker and reader are copies of the same program.
kernel::Message ToMessage(ChildProcess child);
StatusOr<ChildProcess> ParseChildProcess(kernel::Message message);

}  // namespace tare::lifecycle
