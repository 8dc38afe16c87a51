// The procfs that tare reads and writes: one descriptor, verified to be procfs, opened before any mount
// namespace is entered, so that nothing mounted over /proc in a container can redirect a write
// (CVE-2019-16884, CVE-2025-52881).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/file.h"

namespace tare::kernel {

class Procfs {
 public:
  // The procfs of this process, opened at the first call and kept. A child of clone3 in a new pid namespace
  // asks for Adopt() with one of its own.
  static StatusOr<const Procfs*> Get();

  // Makes `fd`, a verified root of a procfs, the one that Get() returns from now on.
  static Status Adopt(Fd fd);

  // Closes it; Get() opens /proc anew.
  static void Forget();

  // Opens `path` relative to the root of procfs: no link is followed out of it and no mount is crossed
  // (RESOLVE_BENEATH | NO_XDEV | NO_MAGICLINKS). Where the machine, or the container that we are in, has
  // mounted something over a part of /proc, a procfs of our own is asked instead, made at the first such
  // call; where that may not be made, only a sysctl may be reached through the mount, and only on a procfs or
  // an emulation of one.
  StatusOr<Fd> Open(const std::string& path, int flags) const;
  StatusOr<std::string> Read(const std::string& path) const;
  Status Write(const std::string& path, absl::string_view value) const;

  int fd() const { return root_.get(); }

  // All that it holds open: for a copy of the process, which goes on using the numbers, to keep.
  std::vector<int> Descriptors() const { return {root_.get(), bare_.get()}; }

 private:
  static StatusOr<Fd> OpenPastMounts(const std::string& path, int flags, const Status& crossing);

  Fd root_;
  // Detached: nothing is mounted over any part of it. Its owner is noted because a copy of that process may
  // have closed it, or may be in a pid namespace of its own.
  Fd bare_;
  pid_t bare_owner_ = 0;
};

// Field 22 of /proc/PID/stat: clock ticks since boot at which the process started; pid and start time
// together name a process for ever. NotFound if there is none; a zombie counts as none.
StatusOr<uint64_t> ProcessStartTime(pid_t pid);

// True of a process that is ending, or has ended and was not waited for, and has never called execve(2) with
// success: PF_EXITING and PF_FORKNOEXEC among the flags, field 9. False if there is none.
bool EndedBeforeExec(pid_t pid);

// The pidfd of the process of that start time; no descriptor if it has ended. If that cannot be
// determined, it is an error: a process that runs must not be treated as one that has ended.
StatusOr<Fd> OpenProcess(pid_t pid, uint64_t start_time);

}  // namespace tare::kernel
