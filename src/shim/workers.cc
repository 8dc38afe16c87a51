#include "shim/workers.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace tare::shim {
namespace {

// How long to wait before reaping again, if it is not clear yet to whom a child belongs.
constexpr absl::Duration kRetryAfter = absl::Milliseconds(50);

}  // namespace

StatusOr<std::unique_ptr<Workers>> Workers::Make(kernel::Loop& loop, std::function<bool(pid_t)> is_tracked) {
  std::unique_ptr<Workers> workers(new Workers(loop, std::move(is_tracked)));
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  workers->signals_ = kernel::Fd(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!workers->signals_) return ErrnoError(errno, "signalfd");
  Workers* const raw = workers.get();
  TARE_ASSIGN_OR_RETURN(workers->on_child_,
                        loop.Watch(raw->signals_.get(), EPOLLIN, [raw](uint32_t) { raw->OnChild(); }));
  return workers;
}

void Workers::Run(const std::vector<int>& keep, absl::FunctionRef<StatusOr<kernel::Message>()> body,
                  const kernel::Worker::Done& done) {
  const uint64_t number = ++last_;
  auto on_result = [this, number, done](StatusOr<kernel::Message> result) {
    // The worker calls this, so it is destroyed later.
    loop_.Soon([this, number] { running_.erase(number); });
    done(std::move(result));
  };
  StatusOr<std::unique_ptr<kernel::Worker>> worker = kernel::Worker::Start(loop_, keep, body, on_result);
  if (worker.ok()) {
    running_[number] = *std::move(worker);
    return;
  }
  loop_.Soon([done, why = worker.status()] { done(why); });
}

void Workers::OnChild() {
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
  }
  Reap();
}

// While a worker is running, an unknown child may be the process that its result is about.
void Workers::Reap() {
  retry_.End();
  for (;;) {
    siginfo_t child{};
    if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) != 0 || child.si_pid == 0) return;
    if (!running_.empty() || is_tracked_(child.si_pid)) break;
    waitpid(child.si_pid, nullptr, WNOHANG);
  }
  retry_ = loop_.After(kRetryAfter, [this] { Reap(); });
}

}  // namespace tare::shim
