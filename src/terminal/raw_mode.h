// Raw mode of a terminal, for as long as the object lives.
#pragma once

#include <termios.h>

#include <optional>

#include "base/status.h"

namespace tare::terminal {

// Whether the terminal goes on to process what is written to it (OPOST): it makes "\r\n" of "\n", which it
// has to where the other end is a pseudo-terminal that does not.
enum class Output { kRaw, kProcessed };

class RawMode {
 public:
  RawMode() = default;
  // Anything but a terminal (a pipe, say) stays as it is.
  static StatusOr<RawMode> Enter(int fd, Output output);
  RawMode(RawMode&& other) noexcept;
  RawMode& operator=(RawMode&& other) noexcept;
  ~RawMode() { Leave(); }

  bool active() const { return before_.has_value(); }
  // Gives the terminal its old mode back.
  void Leave();

 private:
  int fd_ = -1;
  std::optional<termios> before_;
};

}  // namespace tare::terminal
