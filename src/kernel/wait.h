// Waiting for one descriptor, or for a few: poll(2) with a deadline that signals do not extend. A program
// that watches many things for long uses loop.h.
#pragma once

#include <poll.h>

#include <span>

#include "absl/time/time.h"
#include "base/status.h"

namespace tare::kernel {

// A moment on CLOCK_MONOTONIC, which poll(2) uses too: setting the machine's time does not move it.
class Deadline {
 public:
  static Deadline Never() { return Deadline(absl::InfiniteDuration()); }
  static Deadline After(absl::Duration duration);  // InfiniteDuration: never

  bool passed() const;

  // The timeout of poll(2) in milliseconds; -1 is never. Rounded up: otherwise the last one
  // is spent spinning.
  int Timeout() const;

 private:
  explicit Deadline(absl::Duration moment) : moment_(moment) {}
  absl::Duration moment_;
};

// Waits until one of `fds` is ready, as poll(2) with its `revents`; an `fd` of -1 never is. False: none was
// in time. A deadline that has passed means one look, without waiting.
StatusOr<bool> WaitForAny(std::span<pollfd> fds, Deadline deadline);

// The same for `events` (POLL*) of one descriptor. The end of the other side, or an error, also counts.
StatusOr<bool> WaitFor(int fd, short events, Deadline deadline);

// A pidfd is readable when its process has exited.
StatusOr<bool> WaitReadable(int fd, Deadline deadline);

}  // namespace tare::kernel
