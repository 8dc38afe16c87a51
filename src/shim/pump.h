// Copies from one descriptor to another within a Loop, with as much in memory as the receiver is late: one
// read, no more. A receiver that does not read stops the reading.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"

namespace tare::shim {

class Pump {
 public:
  // Both are O_NONBLOCK. `on_end` is called once, when `from` has ended (a terminal's master: when the last
  // process has closed the other side) or `to` takes no more; both are closed by then.
  static StatusOr<std::unique_ptr<Pump>> Start(kernel::Loop& loop, kernel::Fd from, kernel::Fd to,
                                               std::function<void()> on_end);
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  bool ended() const { return !from_; }

 private:
  Pump(kernel::Loop& loop, kernel::Fd from, kernel::Fd to, std::function<void()> on_end)
      : loop_(loop), from_(std::move(from)), to_(std::move(to)), on_end_(std::move(on_end)) {}
  Status AwaitInput();
  Status AwaitReceiver();
  void Read();
  void Write();
  StatusOr<size_t> Offer(absl::string_view bytes);
  void End();

  kernel::Loop& loop_;
  kernel::Fd from_;
  kernel::Fd to_;
  std::function<void()> on_end_;
  std::string late_;  // what was read and not yet taken
  kernel::Loop::Registration awaiting_;
};

}  // namespace tare::shim
