#include "kernel/process.h"

#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tare::kernel {

StatusOr<Child> Spawn(const CloneRequest& request, absl::FunctionRef<int()> body) {
  int pidfd = -1;
  clone_args args{};
  args.flags = request.flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  // With CLONE_PARENT the child gets the exit signal of its sibling, and setting one is an error.
  args.exit_signal = (request.flags & CLONE_PARENT) ? 0 : SIGCHLD;
  if (request.cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  const long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) return ErrnoError(errno, "clone3");
  if (pid == 0) _exit(body());
  return Child{static_cast<pid_t>(pid), Fd(pidfd)};
}

StatusOr<Fd> PidfdOpen(pid_t pid) {
  const long fd = syscall(SYS_pidfd_open, pid, 0);
  if (fd >= 0) return Fd(static_cast<int>(fd));
  return ErrnoError(errno == EINVAL ? ESRCH : errno, absl::StrCat("pidfd_open(", pid, ")"));
}

Status PidfdSendSignal(int pidfd, int signal) {
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) != 0)
    return ErrnoError(errno, "pidfd_send_signal");
  return absl::OkStatus();
}

StatusOr<int> Wait(const Child& child) {
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0) {
    if (errno != EINTR) return ErrnoError(errno, absl::StrCat("waitpid(", child.pid, ")"));
  }
  return status;
}

int ExitCode(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

ChildGuard::~ChildGuard() {
  if (!child_.pidfd) return;
  (void)PidfdSendSignal(child_.pidfd.get(), SIGKILL);
  (void)Wait(child_);
}

Status CloseOnExecFrom(int first) {
  if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    return ErrnoError(errno == EINVAL ? ENOSYS : errno, "close_range(CLOSE_RANGE_CLOEXEC)");  // Linux 5.11
  return absl::OkStatus();
}

void CloseAllBut(int first, std::vector<int> keep) {
  const auto close_range = [](int from, int to) {
    if (from <= to) syscall(SYS_close_range, static_cast<unsigned>(from), static_cast<unsigned>(to), 0);
  };
  std::ranges::sort(keep);
  for (int fd : keep) {
    close_range(first, fd - 1);
    first = std::max(first, fd + 1);
  }
  close_range(first, INT32_MAX);
}

Status SetDumpable(Dumpable dumpable) {
  if (prctl(PR_SET_DUMPABLE, dumpable == Dumpable::kYes ? 1 : 0, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SET_DUMPABLE)");
  return absl::OkStatus();
}

}  // namespace tare::kernel
