// Runs operations on one process one after the other: its creation, its start and its deletion.
#pragma once

#include <deque>
#include <functional>

namespace tare::shim {

class OperationQueue {
 public:
  using Done = std::function<void()>;
  // `operation` begins when all operations before it have ended. It ends by calling `done`, exactly once.
  void Add(std::function<void(Done done)> operation);

 private:
  void RunNext();

  std::deque<std::function<void(Done)>> waiting_;
  bool busy_ = false;
};

}  // namespace tare::shim
