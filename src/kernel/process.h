// Processes by pid and pidfd: clone3(2), waitid(2), pidfd_open(2), pidfd_send_signal(2), prctl(2).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// A child of this process that has not been waited for. Owns the pidfd, but not the process.
struct Child {
  pid_t pid = 0;
  Fd pidfd;
};

struct CloneRequest {
  uint64_t flags = 0;  // CLONE_NEW*, CLONE_PARENT; CLONE_PIDFD is always set
  int cgroup = -1;     // a v2 directory for CLONE_INTO_CGROUP (Linux 5.7), or -1
};

// clone3(2) with a copy of the memory. The child calls _exit(2) with the result of `body`, so that in it no
// destructor of the caller's objects runs, and nothing is flushed twice.
StatusOr<Child> Spawn(const CloneRequest& request, absl::FunctionRef<int()> body);

// pidfd_open(2) of a process, not of a thread. ESRCH: it has exited. Older kernels (6.12, for example) report
// EINVAL if the number is still in use as a session or process group of its descendants; that is ESRCH here.
StatusOr<Fd> PidfdOpen(pid_t pid);
Status PidfdSendSignal(int pidfd, int signal);

// Waits for the child and reaps it. Returns a wait status (WIFEXITED and so on).
StatusOr<int> Wait(const Child& child);

// As a shell reports it: the exit code, or 128 + signal.
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

// Closes all descriptors from `first` on, except those in `keep` (close_range(2)). Objects that own one must
// not use its number any more; see Procfs::Forget and log::Close.
void CloseAllBut(int first, std::vector<int> keep);

// prctl(PR_SET_DUMPABLE). Only a process with CAP_SYS_PTRACE in our user namespace may trace an undumpable
// process or see its descriptors (CVE-2016-9962).
enum class Dumpable { kNo, kYes };
Status SetDumpable(Dumpable dumpable);
inline Status BecomeUndumpable() {
  return SetDumpable(Dumpable::kNo);
}

}  // namespace tare::kernel
