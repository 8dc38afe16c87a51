// A process of a container, as a caller that stays gets it: as its child.
#pragma once

#include "kernel/fd.h"
#include "kernel/process.h"

namespace tare::lifecycle {

struct ChildProcess {
  kernel::Child process;  // not waited for; a child of who called, or of its subreaper when that has left
  kernel::Fd master;      // of its terminal; none: it has no terminal
  kernel::Fd notify;      // for a NotifyRelay; none: nobody wants to know when it is ready
};

}  // namespace tare::lifecycle
