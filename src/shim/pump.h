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
  struct Listener {
    // Called once, when `from` has ended (a terminal's master: when the last process has closed the other
    // side), or `to` refuses what it is given and nobody listens to that; both are closed by then.
    std::function<void()> on_end;
    // Called when `to` refuses something for the first time (a full disk), with the reason. That is lost, but
    // `from` is still read, so that its writer does not wait for ever, and what comes later is
    // offered.
    std::function<void(const Status&)> on_loss;
  };
  // Both are O_NONBLOCK.
  static StatusOr<std::unique_ptr<Pump>> Start(kernel::Loop& loop, kernel::Fd from, kernel::Fd to,
                                               Listener listener);
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  bool ended() const { return !from_; }

 private:
  Pump(kernel::Loop& loop, kernel::Fd from, kernel::Fd to, Listener listener)
      : loop_(loop), from_(std::move(from)), to_(std::move(to)), listener_(std::move(listener)) {}
  Status AwaitInput();
  Status AwaitReceiver();
  void Read();
  void Write();
  StatusOr<size_t> Offer(absl::string_view bytes);
  StatusOr<size_t> Take(absl::string_view bytes);
  void End();

  kernel::Loop& loop_;
  kernel::Fd from_;
  kernel::Fd to_;
  Listener listener_;
  bool has_lost_ = false;
  std::string late_;  // what was read and not yet taken
  kernel::Loop::Registration awaiting_;
};

}  // namespace tare::shim
