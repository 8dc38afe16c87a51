// A process in the foreground: the runtime stays, forwards signals and the terminal, and learns the exit
// status.
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "lifecycle/process/notify_relay.h"

namespace tare::lifecycle {

enum class Subreaper { kYes, kNo };

// From Begin() on, signals wait to be forwarded: call it before the process is made.
class Foreground {
 public:
  // A subreaper inherits, and reaps, what the container's processes leave behind (PR_SET_CHILD_SUBREAPER).
  Status Begin(Subreaper subreaper);

  Foreground() = default;
  Foreground(const Foreground&) = delete;
  Foreground& operator=(const Foreground&) = delete;

  // Until `child` has ended: every signal goes on to it; with a `master` our own terminal is put in raw mode
  // and copied to and from it, and follows its size; a `notify` is served meanwhile. Returns the exit code,
  // 128 + N after signal N.
  StatusOr<int> Wait(const kernel::Child& child, kernel::Fd master, NotifyRelay* notify = nullptr);

 private:
  kernel::Fd signals_;
};

}  // namespace tare::lifecycle
