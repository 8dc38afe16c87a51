// Copies from one descriptor to another in a Loop. Nothing more is read until the receiver has accepted what
// was read last, so at most one read is in memory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"

namespace tare::streams {

class Pump {
 public:
  struct Listener {
    // Called once, after both descriptors were closed: when `from` has ended (a terminal's master ends when
    // the last process has closed the other side), or when writing to `to` fails and there is no on_loss.
    std::function<void()> on_end;
    // Called with the reason when writing to `to` fails for the first time (a full disk). What could not be
    // written is lost. But `from` is still read, so that its writer is not blocked forever, and what is read
    // later is written if possible.
    std::function<void(const Status&)> on_loss;
  };
  // Both descriptors are O_NONBLOCK.
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
  void End();

  kernel::Loop& loop_;
  kernel::Fd from_;
  kernel::Fd to_;
  Listener listener_;
  bool has_lost_ = false;
  std::string pending_;  // read, but not written yet
  kernel::Loop::Registration awaiting_;
};

}  // namespace tare::streams
