// The procfs that tare reads and writes: one descriptor that is verified to be procfs and opened
// before any mount namespace is entered. So no mount over /proc in a container can redirect a
// write (CVE-2019-16884, CVE-2025-52881).
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
  // The procfs of this process, which is opened at the first call and kept. A child of clone3 in a new pid
  // namespace calls Adopt() with its own.
  static StatusOr<const Procfs*> Get();

  // Verifies that `fd` is the root of a procfs; from now on Get() returns it.
  static Status Adopt(Fd fd);

  // Closes it. The next Get() opens /proc again.
  static void Forget();

  // Opens `path` relative to the root of procfs. Links cannot lead out of it, and no mount is crossed
  // (RESOLVE_BENEATH | NO_XDEV | NO_MAGICLINKS). If something is mounted over this part of /proc, by the host
  // or by the container that we run in, a new procfs is mounted and used instead. If that is not permitted,
  // only a sysctl is opened through the mount, and only if it is on a procfs or an emulation of one.
  StatusOr<Fd> Open(const std::string& path, int flags) const;
  StatusOr<std::string> Read(const std::string& path) const;
  Status Write(const std::string& path, absl::string_view value) const;

  // The descriptor below which Open() finds `path` without crossing a mount, for a process that opens it
  // itself.
  StatusOr<int> RootOf(const std::string& path) const;

  int fd() const { return root_.get(); }

  // Its open descriptors, which a copy of the process must keep in order to use it.
  std::vector<int> Descriptors() const { return {root_.get(), bare_.get()}; }

 private:
  static StatusOr<Fd> OpenPastMounts(const std::string& path, int flags, const Status& crossing);

  Fd root_;
  // A detached procfs with nothing mounted over any part of it. The process that made it is recorded, because
  // a copy of that process may have closed it, or may be in another pid namespace.
  Fd bare_;
  pid_t bare_owner_ = 0;
};

// Field 22 of /proc/PID/stat: the time when the process started, in clock ticks since boot. PID and start
// time together identify a process for ever. NotFound: there is no such process, or it is a zombie.
StatusOr<uint64_t> ProcessStartTime(pid_t pid);

// Whether the process is exiting, or is a zombie, and has never executed its program: PF_EXITING and
// PF_FORKNOEXEC are among its flags, field 9, or its name is still kInitName (init_name.h). False if there is
// no such process.
bool EndedBeforeExec(pid_t pid);

// The pidfd of the process with that start time, or no descriptor if it has exited. If that cannot be
// determined, it is an error, because a running process must not be treated as one that has exited.
StatusOr<Fd> OpenProcess(pid_t pid, uint64_t start_time);

}  // namespace tare::kernel
