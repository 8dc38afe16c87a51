// Passes on to NOTIFY_SOCKET of our caller that a container is ready (sd_notify(3)).
//
//   container                relay                    caller, systemd most often
//   READY=1 ───────────────▶ READY=1 ───────────────▶
//                            MAINPID=PID ───────────▶ the main process of the service
//                            BARRIER=1, a pipe ─────▶ ... has read all of it, and closes the pipe
//
// That is sent once, and nothing else that comes from the container, which could send a MAINPID= of its own
// or FDSTORE=1. The messages are the same as runc's.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::lifecycle {

class NotifyRelay {
 public:
  // `socket` is BindNotifySocket's.
  static StatusOr<NotifyRelay> Make(kernel::Fd socket, pid_t main_pid);

  // Connects to the socket that CallersNotifySocket() names. On an error the container's messages are still
  // read, but nobody is notified.
  Status Connect(const std::string& callers);

  // Readable when there is something to do.
  int fd() const { return epoll_.get(); }

  // Does what can be done now; never waits.
  void Step();

  // The caller was notified, or cannot be. Further messages are read and dropped, so that no program waits
  // for room in the socket.
  bool settled() const { return stage_ == Stage::kSettled; }
  // The container has not sent READY=1.
  bool listening() const { return stage_ == Stage::kListening; }

 private:
  enum class Stage { kListening, kTelling, kAwaitingBarrier, kSettled };

  NotifyRelay(kernel::Fd epoll, kernel::Fd socket, pid_t main_pid)
      : epoll_(std::move(epoll)), socket_(std::move(socket)), main_pid_(main_pid) {}
  bool Hear();
  void Begin();
  void Tell();
  void LookAtBarrier();
  Status SendNext();
  void Settle();

  kernel::Fd epoll_;
  kernel::Fd socket_;
  kernel::Fd caller_;
  kernel::Fd barrier_;      // our end of the pipe
  kernel::Fd callers_end_;  // until it is sent
  pid_t main_pid_;
  size_t sent_ = 0;
  Stage stage_ = Stage::kListening;
};

// Sends READY=1 to `callers`, a value of NOTIFY_SOCKET.
Status SendReady(const std::string& callers);

// Whether a datagram of the container has READY=1 among its lines.
bool SaysReady(absl::string_view message);

// Waits until the caller was notified, or until the process of `pidfd` has ended without READY=1: for a
// command that exits then. A caller that does not read its messages gets 30 s, as with runc.
Status AwaitReady(NotifyRelay& relay, int pidfd);

}  // namespace tare::lifecycle
