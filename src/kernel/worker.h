// A short-lived copy of this process (clone3(2) without exec), for work that may block or must enter a
// namespace while a Loop goes on.
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

  // Runs `body` in the copy. Of our descriptors it keeps only the standard streams, the log, procfs and those
  // in `keep`, because processes that it makes may outlive us and would hold the others open. The result is
  // passed to `done`, in this process, after the copy has exited and was reaped; processes that it leaves
  // behind are by then children of the nearest subreaper (prctl(2)). If the copy is killed, the result is an
  // error. It is killed when we are (PR_SET_PDEATHSIG).
  static StatusOr<std::unique_ptr<Worker>> Start(Loop& loop, const std::vector<int>& keep,
                                                 absl::FunctionRef<StatusOr<Message>()> body, Done done);
  // Kills the copy if it is still running; `done` is then not called.
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
