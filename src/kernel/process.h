// Processes by pid and pidfd: clone3(2), waitid(2), pidfd_open(2), pidfd_send_signal(2), prctl(2).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// A child of this process that has not been waited for. Owns the pidfd, not the process.
struct Child {
  pid_t pid = 0;
  Fd pidfd;
};

struct CloneRequest {
  uint64_t flags = 0;  // CLONE_NEW*, CLONE_PARENT; CLONE_PIDFD is always given
  int cgroup = -1;     // with a v2 directory: CLONE_INTO_CGROUP (Linux 5.7)
};

// clone3(2) with a copy of memory. The child runs `body` and leaves by _exit(its result): no destructor of
// the caller's objects ever runs in it, and nothing is flushed twice.
StatusOr<Child> Spawn(const CloneRequest& request, absl::FunctionRef<int()> body);

// pidfd_open(2) of a process, not of a thread. ESRCH: it has ended; also where the number still is that of
// the session or group of those that it left behind, which older kernels (6.12, say) call EINVAL.
StatusOr<Fd> PidfdOpen(pid_t pid);
Status PidfdSendSignal(int pidfd, int signal);

// Waits for the child and reaps it; the result is a wait status (WIFEXITED and so on).
StatusOr<int> Wait(const Child& child);

// What a shell would say: the exit code, or 128 + signal.
int ExitCode(int wait_status);

// Kills and reaps its child unless disarmed: what a failed create must not leave behind.
class ChildGuard {
 public:
  explicit ChildGuard(Child child) : child_(std::move(child)) {}
  ChildGuard(ChildGuard&&) = default;
  ChildGuard& operator=(ChildGuard&&) = delete;
  ~ChildGuard();

  const Child& get() const { return child_; }
  // The process lives on (or was reaped already): the guard lets go of it.
  Child Disarm() { return std::move(child_); }

 private:
  Child child_;
};

// Marks every descriptor from `first` on close-on-exec (close_range(2), Linux 5.11).
Status CloseOnExecFrom(int first);

// Closes every descriptor from `first` on but those in `keep`, whoever opened it (close_range(2)): for a
// child that goes on without them. What is gone must not be used by its number any more; see Procfs::Forget
// and log::Close.
void CloseAllBut(int first, std::vector<int> keep);

// prctl(PR_SET_DUMPABLE). Undumpable: no process without CAP_SYS_PTRACE in our user namespace may look into
// us, not even at our descriptors (CVE-2016-9962).
enum class Dumpable { kNo, kYes };
Status SetDumpable(Dumpable dumpable);
inline Status BecomeUndumpable() {
  return SetDumpable(Dumpable::kNo);
}

}  // namespace tare::kernel
