// A terminal as a screen that is drawn again and again. What it showed before comes back at the end.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"

namespace tare::terminal {

class Screen {
 public:
  // `fd` is a terminal, and stays open as long as this exists.
  explicit Screen(int fd) : fd_(fd) { (void)Enter(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() { Leave(); }

  // The alternate screen, without a cursor; and back.
  Status Enter();
  void Leave();

  struct Size {
    size_t rows = 24;
    size_t columns = 80;
  };
  Size size() const;

  // Draws the lines, which have no control characters, as far as there is room.
  Status Show(const std::vector<std::string>& lines) const;

 private:
  int fd_;
  bool entered_ = false;
};

}  // namespace tare::terminal
