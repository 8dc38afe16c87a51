// Copies between our standard input and output, a terminal or not, and the master of
// a container's pseudo-terminal.
//
// Its owner waits, with poll(2): standard input may be a regular file or /dev/null, which epoll(7) and
// with it kernel::Loop refuse. What a container's supervisor and shim copy is never that, and they use the
// Loop (supervise/stdio.h, shim/pump.h).
#pragma once

#include <poll.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "terminal/raw_mode.h"

namespace tare::terminal {

class Relay {
 public:
  explicit Relay(kernel::Fd master) : master_(std::move(master)) {}
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Puts our terminal into raw mode, until the object goes, and gives the master our size.
  Status Begin();

  // Adds what the relay waits for. Copy() takes the same vector, where these begin at `first`, after poll(2).
  void AddTo(std::vector<pollfd>& waiting) const;
  void Copy(const std::vector<pollfd>& waiting, size_t first);

  // Gives the master the size that our terminal has now.
  void Resize();

  // To be called when the container has ended: copies what it wrote last.
  void Drain();

 private:
  void FillFrom(int fd, std::string& buffer, bool& open);
  void EmptyInto(int fd, std::string& buffer);

  kernel::Fd master_;
  RawMode raw_;
  std::string to_container_;
  std::string from_container_;
  bool stdin_open_ = true;
  bool master_open_ = true;
};

}  // namespace tare::terminal
