// The shim's workers that are at work, and the children that nobody knows: processes of containers without a
// pid namespace of their own come to their subreaper, the shim, when their parent has left.
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
  // `known` says of a child that it will be waited for. Makes this process a subreaper and blocks SIGCHLD.
  static StatusOr<std::unique_ptr<Workers>> Make(kernel::Loop& loop, std::function<bool(pid_t)> known);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // See kernel::Worker. `done` is called in any case, later.
  void Run(const std::vector<int>& keep, absl::FunctionRef<StatusOr<kernel::Message>()> body,
           const kernel::Worker::Done& done);

 private:
  Workers(kernel::Loop& loop, std::function<bool(pid_t)> known) : loop_(loop), known_(std::move(known)) {}
  void OnChild();
  void Reap();

  kernel::Loop& loop_;
  std::function<bool(pid_t)> known_;
  kernel::Fd signals_;
  kernel::Loop::Registration on_child_;
  kernel::Loop::Registration again_;
  uint64_t last_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<kernel::Worker>> working_;
};

}  // namespace tare::shim
