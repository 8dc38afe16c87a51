// The shim's running workers, and the reaping of other children. The shim is a subreaper: processes of
// containers without a pid namespace of their own become its children when their parent exits.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "kernel/loop.h"
#include "kernel/worker.h"

namespace tare::shim {

class Workers {
 public:
  // `is_tracked` returns true for a child that is waited for elsewhere. Makes this process a subreaper
  // and blocks SIGCHLD.
  static StatusOr<std::unique_ptr<Workers>> Make(kernel::Loop& loop, std::function<bool(pid_t)> is_tracked);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // See kernel::Worker. `done` is always called, later.
  void Run(const std::vector<int>& keep, absl::FunctionRef<StatusOr<kernel::Message>()> body,
           const kernel::Worker::Done& done);

 private:
  Workers(kernel::Loop& loop, std::function<bool(pid_t)> is_tracked)
      : loop_(loop), is_tracked_(std::move(is_tracked)) {}
  void OnChild();
  void Reap();

  kernel::Loop& loop_;
  std::function<bool(pid_t)> is_tracked_;
  kernel::Fd signals_;
  kernel::Loop::Registration on_child_;
  kernel::Loop::Registration retry_;
  uint64_t last_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<kernel::Worker>> running_;
};

}  // namespace tare::shim
