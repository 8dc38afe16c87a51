#include "shim/tasks/operation_queue.h"

namespace tare::shim {

void OperationQueue::Add(std::function<void(Done)> operation) {
  waiting_.push_back(std::move(operation));
  if (!busy_) RunNext();
}

void OperationQueue::RunNext() {
  busy_ = !waiting_.empty();
  if (!busy_) return;
  const auto operation = std::move(waiting_.front());
  waiting_.pop_front();
  operation([this] { RunNext(); });
}

}  // namespace tare::shim
