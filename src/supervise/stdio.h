// The supervisor's side of the standard streams of one run of a container: pipes, or a terminal.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "session/cri.h"

namespace tare::supervise {

enum class Stdin { kEmpty, kOpen };

class Stdio {
 public:
  // Must outlive the Stdio.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnOutput(session::Stream stream, absl::string_view bytes) = 0;
    virtual void OnInputRoom() = 0;  // Write() may be called again
  };

  static StatusOr<std::unique_ptr<Stdio>> Make(kernel::Loop& loop, Stdin input, Listener& listener);

  // The container's ends: standard input, output and error. They are closed here when the container has them.
  const std::array<kernel::Fd, 3>& container_ends() const { return theirs_; }
  void GiveUpContainerEnds();

  // The container has a terminal, which replaces all three.
  Status TakeMaster(kernel::Fd master);
  bool has_terminal() const { return static_cast<bool>(slave_); }

  // No output is read until Resume(), so that the container has to wait (back-pressure).
  void Pause();
  Status Resume();

  // Reads all present output. False if it was paused before the end.
  bool Drain();

  // Not while input_waits().
  void Write(absl::string_view bytes);
  bool input_waits() const { return !input_.empty(); }
  void EndInput();
  void Resize(uint16_t rows, uint16_t columns);

 private:
  enum class Found { kBytes, kNothing, kEnd };
  struct Source {
    kernel::Fd fd;
    kernel::Loop::Registration watch;
  };

  Stdio(kernel::Loop& loop, Listener& listener) : loop_(loop), listener_(listener) {}
  Status Watch(session::Stream stream);
  Found Read(session::Stream stream);
  void Push();

  kernel::Loop& loop_;
  Listener& listener_;
  std::array<kernel::Fd, 3> theirs_;
  std::array<Source, 2> sources_;  // by Stream
  bool paused_ = false;
  kernel::Fd slave_;  // kept open, because without an open slave the master only returns EIO
  kernel::Fd sink_;
  kernel::Loop::Registration until_room_;
  std::string input_;  // not written yet
  bool input_ends_ = false;
};

}  // namespace tare::supervise
