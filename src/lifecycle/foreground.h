// A process in the foreground: the runtime waits for it, and forwards signals and the terminal.
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "lifecycle/notify_relay.h"

namespace tare::lifecycle {

enum class Subreaper { kYes, kNo };

// From Begin() on, signals are kept to be forwarded: call it before the process is made.
class Foreground {
 public:
  // A subreaper adopts and reaps the orphans among the container's processes (PR_SET_CHILD_SUBREAPER).
  Status Begin(Subreaper subreaper);

  Foreground() = default;
  Foreground(const Foreground&) = delete;
  Foreground& operator=(const Foreground&) = delete;

  // Waits until `child` has ended and returns its exit code: 128 + N after signal N. Meanwhile every signal
  // is forwarded to it. With a `master`, our own terminal is in raw mode and is copied from and to it, and
  // its size follows ours. `notify` is served, too.
  StatusOr<int> Wait(const kernel::Child& child, kernel::Fd master, NotifyRelay* notify = nullptr);

 private:
  kernel::Fd signals_;
};

}  // namespace tare::lifecycle
