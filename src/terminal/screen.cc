#include "terminal/screen.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

#include "kernel/file.h"

namespace tare::terminal {
namespace {

// See console_codes(4) and xterm's control sequences.
constexpr char kEnter[] = "\033[?1049h\033[?25l";
constexpr char kLeave[] = "\033[?25h\033[?1049l";
constexpr char kHome[] = "\033[H";
constexpr char kClearLine[] = "\033[K";
constexpr char kClearBelow[] = "\033[J";

}  // namespace

Status Screen::Enter() {
  entered_ = true;
  return kernel::WriteAll(fd_, kEnter, "terminal");
}

void Screen::Leave() {
  if (std::exchange(entered_, false)) (void)kernel::WriteAll(fd_, kLeave, "terminal");
}

Screen::Size Screen::size() const {
  winsize window{};
  if (ioctl(fd_, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
  return {window.ws_row, window.ws_col};
}

// In one write, so that it does not flicker. After the last row no newline, which would scroll.
Status Screen::Show(const std::vector<std::string>& lines) const {
  const Size room = size();
  const size_t count = std::min(lines.size(), room.rows);
  std::string text = kHome;
  for (size_t i = 0; i < count; ++i)
    absl::StrAppend(&text, lines[i].substr(0, room.columns), kClearLine, i + 1 < room.rows ? "\r\n" : "");
  if (count < room.rows) text += kClearBelow;
  return kernel::WriteAll(fd_, text, "terminal");
}

}  // namespace tare::terminal
