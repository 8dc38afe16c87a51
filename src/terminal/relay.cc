#include "terminal/relay.h"

#include <unistd.h>

#include <cerrno>

#include "kernel/descriptors.h"
#include "terminal/pty.h"

namespace tare::terminal {
namespace {

constexpr size_t kMost = 64 * 1024;  // of what waits in one direction: a slow reader slows the writer down

}  // namespace

Status Relay::Begin() {
  // Ours only: standard input may be shared with a shell, which would not expect it to be non-blocking.
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
  const bool read_stdin = stdin_open_ && to_container_.size() < kMost;
  const short master_events = static_cast<short>(want(from_container_.size() < kMost, POLLIN) |
                                                 want(!to_container_.empty(), POLLOUT));
  waiting.push_back({.fd = read_stdin ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0});
  waiting.push_back({.fd = master_open_ ? master_.get() : -1, .events = master_events, .revents = 0});
  waiting.push_back({.fd = from_container_.empty() ? -1 : STDOUT_FILENO, .events = POLLOUT, .revents = 0});
}

void Relay::Copy(const std::vector<pollfd>& waiting, size_t first) {
  if (waiting[first].revents != 0) FillFrom(STDIN_FILENO, to_container_, stdin_open_);
  // POLLHUP alone: no slave is open at the moment, but one may be opened again; reading says EIO, which ends
  // us.
  if ((waiting[first + 1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
    FillFrom(master_.get(), from_container_, master_open_);
  if ((waiting[first + 1].revents & POLLOUT) != 0) EmptyInto(master_.get(), to_container_);
  if (waiting[first + 2].revents != 0) EmptyInto(STDOUT_FILENO, from_container_);
}

void Relay::Drain() {
  while (master_open_ || !from_container_.empty()) {
    const size_t before = from_container_.size();
    if (master_open_) FillFrom(master_.get(), from_container_, master_open_);
    if (from_container_.empty() || (from_container_.size() == before && before == 0)) break;
    EmptyInto(STDOUT_FILENO, from_container_);
  }
}

void Relay::FillFrom(int fd, std::string& buffer, bool& open) {
  char bytes[16384];
  const ssize_t got = read(fd, bytes, sizeof bytes);
  if (got > 0) {
    buffer.append(bytes, static_cast<size_t>(got));
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    open = false;
    // Input has ended: the container's terminal says so, as a keyboard would.
    if (fd == STDIN_FILENO) buffer += '\x04';
  }
}

void Relay::EmptyInto(int fd, std::string& buffer) {
  const ssize_t written = write(fd, buffer.data(), buffer.size());
  if (written > 0) {
    buffer.erase(0, static_cast<size_t>(written));
  } else if (errno != EAGAIN && errno != EINTR) {
    buffer.clear();  // nobody listens any more
  }
}

}  // namespace tare::terminal
