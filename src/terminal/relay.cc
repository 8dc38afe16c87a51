#include "terminal/relay.h"

#include <unistd.h>

#include <cerrno>

#include "kernel/descriptors.h"
#include "kernel/wait.h"
#include "terminal/pty.h"

namespace tare::terminal {
namespace {

// Bytes that are held back in each direction. A reader that is slower than this makes the writer wait.
constexpr size_t kMaxBuffered = 64 * 1024;

}  // namespace

Status Relay::Begin() {
  // Only the master: standard input may be shared with a shell, which does not expect it to be non-blocking.
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(master_.get()));
  TARE_ASSIGN_OR_RETURN(raw_, RawMode::Enter(STDIN_FILENO, Output::kProcessed));
  if (raw_.active()) Resize();
  return absl::OkStatus();
}

void Relay::Resize() {
  TakeOurSize(master_.get());
}

void Relay::AddTo(std::vector<pollfd>& waiting) const {
  auto want = [](bool condition, short event) { return condition ? event : short{0}; };
  const bool read_stdin = stdin_open_ && to_container_.size() < kMaxBuffered;
  const short master_events = static_cast<short>(want(from_container_.size() < kMaxBuffered, POLLIN) |
                                                 want(!to_container_.empty(), POLLOUT));
  waiting.push_back({.fd = read_stdin ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0});
  waiting.push_back({.fd = master_open_ ? master_.get() : -1, .events = master_events, .revents = 0});
  waiting.push_back({.fd = from_container_.empty() ? -1 : STDOUT_FILENO, .events = POLLOUT, .revents = 0});
}

void Relay::Copy(const std::vector<pollfd>& waiting, size_t first) {
  if (waiting[first].revents != 0) FillFrom(STDIN_FILENO, to_container_, stdin_open_);
  // POLLHUP alone means that no slave is open now. One may be opened again later, but reading fails with EIO,
  // and the relay is over.
  if ((waiting[first + 1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
    FillFrom(master_.get(), from_container_, master_open_);
  if ((waiting[first + 1].revents & POLLOUT) != 0) EmptyInto(master_.get(), to_container_);
  if (waiting[first + 2].revents != 0) EmptyInto(STDOUT_FILENO, from_container_);
}

void Relay::Drain() {
  for (;;) {
    if (master_open_) FillFrom(master_.get(), from_container_, master_open_);
    if (from_container_.empty()) return;
    EmptyInto(STDOUT_FILENO, from_container_);
    // Only if the caller has made standard output non-blocking.
    if (!from_container_.empty()) (void)kernel::WaitFor(STDOUT_FILENO, POLLOUT, kernel::Deadline::Never());
  }
}

void Relay::FillFrom(int fd, std::string& buffer, bool& open) {
  char bytes[16384];
  const ssize_t got = read(fd, bytes, sizeof bytes);
  if (got > 0) {
    buffer.append(bytes, static_cast<size_t>(got));
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    open = false;
    // ^D is how a keyboard ends the input.
    if (fd == STDIN_FILENO) buffer += '\x04';
  }
}

void Relay::EmptyInto(int fd, std::string& buffer) {
  const StatusOr<size_t> written = kernel::WriteNow(fd, buffer);
  buffer.erase(0, written.ok() ? *written : buffer.size());  // after an error nobody reads it any more
}

}  // namespace tare::terminal
