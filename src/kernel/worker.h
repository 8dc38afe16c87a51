// A short-lived copy of this process (clone3(2), no exec) that does what may block or must enter a namespace,
// while a Loop goes on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/loop.h"
#include "kernel/process.h"
#include "kernel/socket.h"

namespace tare::kernel {

class Worker {
 public:
  using Done = std::function<void(StatusOr<Message> result)>;

  // `body` runs in the copy, which has of our descriptors the standard streams, the log, procfs and those in
  // `keep`, whatever their numbers are: the processes that it makes may outlive us, and would hold the
  // others; what it returns is given to `done`, here, after the copy has ended and was waited for: what it
  // has left behind is by then a child of the nearest subreaper (prctl(2)). A copy that was killed is an
  // error. It is killed when we are (PR_SET_PDEATHSIG).
  static StatusOr<std::unique_ptr<Worker>> Start(Loop& loop, const std::vector<int>& keep,
                                                 absl::FunctionRef<StatusOr<Message>()> body, Done done);
  // A copy that still works is killed, and `done` is not called.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 private:
  Worker(Child child, Fd socket, Done done)
      : child_(ChildGuard(std::move(child))), socket_(std::move(socket)), done_(std::move(done)) {}
  void OnEnd();

  std::optional<ChildGuard> child_;
  Fd socket_;
  Done done_;
  Loop::Registration until_end_;
};

}  // namespace tare::kernel
