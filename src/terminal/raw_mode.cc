#include "terminal/raw_mode.h"

#include <cerrno>
#include <utility>

namespace tare::terminal {

StatusOr<RawMode> RawMode::Enter(int fd, Output output) {
  RawMode mode;
  termios now{};
  if (tcgetattr(fd, &now) != 0) return mode;
  const termios before = now;
  cfmakeraw(&now);
  if (output == Output::kProcessed) now.c_oflag |= before.c_oflag & OPOST;
  if (tcsetattr(fd, TCSANOW, &now) != 0) return ErrnoError(errno, "tcsetattr");
  mode.fd_ = fd;
  mode.before_ = before;
  return mode;
}

RawMode::RawMode(RawMode&& other) noexcept
    : fd_(other.fd_), before_(std::exchange(other.before_, std::nullopt)) {}

RawMode& RawMode::operator=(RawMode&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(before_, other.before_);
  return *this;
}

void RawMode::Leave() {
  if (const auto before = std::exchange(before_, std::nullopt)) tcsetattr(fd_, TCSADRAIN, &*before);
}

}  // namespace tare::terminal
