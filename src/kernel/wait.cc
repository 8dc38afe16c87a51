#include "kernel/wait.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>

namespace tare::kernel {
namespace {

absl::Duration Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace

Deadline Deadline::After(absl::Duration duration) {
  return Deadline(Now() + duration);
}

bool Deadline::passed() const {
  return moment_ <= Now();
}

int Deadline::Timeout() const {
  if (moment_ == absl::InfiniteDuration()) return -1;
  const absl::Duration left = absl::Ceil(moment_ - Now(), absl::Milliseconds(1));
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(left), 0, INT_MAX));
}

StatusOr<bool> WaitForAny(std::span<pollfd> fds, Deadline deadline) {
  for (;;) {
    const int ready = poll(fds.data(), fds.size(), deadline.Timeout());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return ErrnoError(errno, "poll");
    if (ready == 0 && deadline.passed()) return false;
  }
}

StatusOr<bool> WaitFor(int fd, short events, Deadline deadline) {
  pollfd waiting{.fd = fd, .events = events, .revents = 0};
  return WaitForAny({&waiting, 1}, deadline);
}

StatusOr<bool> WaitReadable(int fd, Deadline deadline) {
  return WaitFor(fd, POLLIN, deadline);
}

}  // namespace tare::kernel
