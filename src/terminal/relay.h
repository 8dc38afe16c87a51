// Copies between the terminal (or pipes) that we were called with and the master of a container's
// pseudo-terminal.
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

  // Raw mode, and the master takes our size.
  Status Begin();

  // Adds what to wait for; Copy() takes the same vector, in which ours begin at `first`.
  void AddTo(std::vector<pollfd>& waiting) const;
  void Copy(const std::vector<pollfd>& waiting, size_t first);

  void Resize();

  // After the container has ended: what it wrote last.
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
