#include "shim/process.h"

namespace tare::shim {

void Turns::Add(std::function<void(Done)> story) {
  waiting_.push_back(std::move(story));
  if (!busy_) Next();
}

void Turns::Next() {
  busy_ = !waiting_.empty();
  if (!busy_) return;
  const auto story = std::move(waiting_.front());
  waiting_.pop_front();
  story([this] { Next(); });
}

}  // namespace tare::shim
