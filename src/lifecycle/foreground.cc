#include "lifecycle/foreground.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/signals.h"
#include "kernel/wait.h"
#include "terminal/relay.h"

namespace tare::lifecycle {
namespace {

// Not a kernel::Loop: that cannot wait for every kind of standard input (terminal/relay.h), and a container
// without a terminal would cost four system calls more at its start.
class Loop {
 public:
  Loop(int signals, const kernel::Child& child, terminal::Relay* relay, NotifyRelay* notify)
      : signals_(signals), child_(child), relay_(relay), notify_(notify) {}

  StatusOr<int> Run() {
    // The child may have ended before signals were read.
    ReapOthersAndChild();
    while (!ended_) TARE_RETURN_IF_ERROR(Step());
    if (relay_ != nullptr) relay_->Drain();
    if (notify_ != nullptr) notify_->Step();
    return kernel::ExitCode(wait_status_);
  }

 private:
  Status Step() {
    std::vector<pollfd> waiting = {
        {.fd = signals_, .events = POLLIN, .revents = 0},
        {.fd = notify_ == nullptr ? -1 : notify_->fd(), .events = POLLIN, .revents = 0}};
    if (relay_ != nullptr) relay_->AddTo(waiting);
    TARE_RETURN_IF_ERROR(kernel::WaitForAny(waiting, kernel::Deadline::Never()).status());
    if (relay_ != nullptr) relay_->Copy(waiting, 2);
    if (notify_ != nullptr && waiting[1].revents != 0) notify_->Step();
    return waiting[0].revents != 0 ? OnSignal() : absl::OkStatus();
  }

  Status OnSignal() {
    signalfd_siginfo info;
    if (read(signals_, &info, sizeof info) != sizeof info) return ErrnoError(errno, "read(signalfd)");
    switch (info.ssi_signo) {
      case SIGCHLD:
        ReapOthersAndChild();
        break;
      case SIGWINCH:
        if (relay_ != nullptr) {
          relay_->Resize();
          break;
        }
        [[fallthrough]];
      default:
        // ESRCH: it has just ended, and SIGCHLD follows.
        (void)kernel::PidfdSendSignal(child_.pidfd.get(), static_cast<int>(info.ssi_signo));
    }
    return absl::OkStatus();
  }

  void ReapOthersAndChild() {
    int status = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != child_.pid) continue;
      ended_ = true;
      wait_status_ = status;
    }
  }

  int signals_;
  const kernel::Child& child_;
  terminal::Relay* relay_;
  NotifyRelay* notify_;
  bool ended_ = false;
  int wait_status_ = 0;
};

}  // namespace

Status Foreground::Begin(Subreaper subreaper) {
  kernel::BlockSignals();
  if (subreaper == Subreaper::kYes) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  sigset_t all;
  sigfillset(&all);
  signals_ = kernel::Fd(signalfd(-1, &all, SFD_CLOEXEC));
  return signals_ ? absl::OkStatus() : ErrnoError(errno, "signalfd");
}

StatusOr<int> Foreground::Wait(const kernel::Child& child, kernel::Fd master, NotifyRelay* notify) {
  if (!master) return Loop(signals_.get(), child, nullptr, notify).Run();
  terminal::Relay relay(std::move(master));
  TARE_RETURN_IF_ERROR(relay.Begin());
  return Loop(signals_.get(), child, &relay, notify).Run();
}

}  // namespace tare::lifecycle
