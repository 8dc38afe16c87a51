// Raw mode of a terminal, for the lifetime of an object.
#pragma once

#include <termios.h>

#include <optional>

#include "base/status.h"

namespace tare::terminal {

// Whether the terminal still processes its output (OPOST) and turns "\n" into "\r\n". It must if the output
// comes from a pseudo-terminal that does not (see PrepareForRelay).
enum class Output { kRaw, kProcessed };

class RawMode {
 public:
  RawMode() = default;
  // If `fd` is not a terminal, nothing is changed.
  static StatusOr<RawMode> Enter(int fd, Output output);
  RawMode(RawMode&& other) noexcept;
  RawMode& operator=(RawMode&& other) noexcept;
  ~RawMode() { Leave(); }

  bool active() const { return before_.has_value(); }
  // Restores the modes that the terminal had before.
  void Leave();

 private:
  int fd_ = -1;
  std::optional<termios> before_;
};

}  // namespace tare::terminal
