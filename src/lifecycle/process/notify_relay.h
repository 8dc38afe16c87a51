// Passes on to NOTIFY_SOCKET of our caller that a container is ready (sd_notify(3)).
//
//   container                relay                    caller, systemd most often
//   READY=1 ───────────────▶ READY=1 ───────────────▶
//                            MAINPID=PID ───────────▶ the process that the service lives and dies with
//                            BARRIER=1, a pipe ─────▶ ... has read all of it, closes the pipe
//
// That, once, and nothing else that the container says: it could say anything, such as a MAINPID= of its
// own or FDSTORE=1. The messages are those of runc.
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

  // To the socket that CallersNotifySocket() names. On an error the container's messages are read as before,
  // and nobody is notified.
  Status Connect(const std::string& callers);

  // Readable when there is something to do.
  int fd() const { return epoll_.get(); }

  // Does what can be done now; never waits.
  void Step();

  // The caller was notified, or cannot be; what follows is read and dropped, so no program waits for room.
  bool settled() const { return stage_ == Stage::kSettled; }
  // It was not notified, because the container has not said READY=1.
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
  kernel::Fd barrier_;      // ours of the pipe
  kernel::Fd callers_end_;  // until it is sent
  pid_t main_pid_;
  size_t sent_ = 0;
  Stage stage_ = Stage::kListening;
};

// Whether a datagram of the container has READY=1 among its lines.
bool SaysReady(absl::string_view message);

// Until the caller was notified, or the process of `pidfd` has ended without READY=1: for a command that then
// leaves. A caller that does not read is given 30 s, as by runc.
Status AwaitReady(NotifyRelay& relay, int pidfd);

}  // namespace tare::lifecycle
