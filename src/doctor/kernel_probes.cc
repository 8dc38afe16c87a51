// System calls and other features of the kernel.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/kernel_version.h"
#include "doctor/probes.h"
#include "kernel/file.h"
#include "kernel/memfd.h"
#include "kernel/process.h"
#include "network/netlink.h"

namespace tare::doctor {
namespace {

// If tare runs in a container, it is usually the filter of that container that refuses a call.
std::string Allow(absl::string_view since, absl::string_view call) {
  return absl::StrCat("use Linux ", since, " or newer; if tare runs in a container, allow ", call,
                      " in its seccomp profile");
}

Finding FindingOfCall(const Status& status, absl::string_view since, absl::string_view call) {
  return FindingOf(status, Allow(since, call));
}

StatusOr<int> ExitCodeOf(const kernel::Child& child) {
  TARE_ASSIGN_OR_RETURN(const int status, kernel::Wait(child));
  return kernel::ExitCode(status);
}

// A copy of this program, as the stub is executed (door/executable.h).
StatusOr<kernel::Fd> CopyOfTare() {
  TARE_ASSIGN_OR_RETURN(kernel::Fd copy, kernel::ExecutableMemfd("tare-doctor"));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd self, kernel::Open("/proc/self/exe", O_RDONLY));
  ssize_t sent = 1;
  while (sent > 0) sent = sendfile(copy.get(), self.get(), nullptr, 1 << 30);
  if (sent < 0) return ErrnoError(errno, "sendfile(/proc/self/exe)");
  return copy;
}

Status ExecuteMemfd() {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd copy, CopyOfTare());
  TARE_ASSIGN_OR_RETURN(const kernel::Child child, kernel::Spawn({}, [&] {
                          std::array<const char*, 3> words = {"tare", "--version", nullptr};
                          syscall(SYS_execveat, copy.get(), "", words.data(), environ, AT_EMPTY_PATH);
                          return errno;
                        }));
  TARE_ASSIGN_OR_RETURN(const int code, ExitCodeOf(child));
  return code == 0 ? absl::OkStatus() : ErrnoError(code, "execveat(memfd)");
}

}  // namespace

Finding KernelVersion(const Patient&) {
  const std::string reason = TooOldKernel();
  return reason.empty() ? Ok() : Missing(reason, absl::StrCat("use Linux ", kOldestKernel, " or newer"));
}

Finding Clone3(const Patient&) {
  const StatusOr<kernel::Child> child = kernel::Spawn({}, [] { return 0; });
  if (child.ok()) (void)kernel::Wait(*child);
  return FindingOfCall(child.status(), "5.3", "clone3");
}

// A file that is no cgroup: the kernel says so (EBADF) if it knows the flag, and nothing is cloned.
Finding CloneIntoCgroup(const Patient&) {
  const StatusOr<kernel::Fd> file = kernel::MemoryFile("no-cgroup", "");
  if (!file.ok()) return Missing(std::string(file.status().message()), Allow("5.14", "memfd_create"));
  const StatusOr<kernel::Child> child = kernel::Spawn({.cgroup = file->get()}, [] { return 0; });
  if (ErrnoOf(child.status()) == EBADF) return Ok();
  if (child.ok()) (void)kernel::Wait(*child);
  return Missing(std::string(child.status().message()), Allow("5.7", "clone3"));
}

Finding Openat2(const Patient&) {
  return FindingOfCall(kernel::OpenBeneath(AT_FDCWD, ".", O_PATH).status(), "5.6", "openat2");
}

Finding PidfdOpen(const Patient&) {
  return FindingOfCall(kernel::PidfdOpen(getpid()).status(), "5.3", "pidfd_open");
}

Finding PidfdSendSignal(const Patient&) {
  const StatusOr<kernel::Fd> self = kernel::PidfdOpen(getpid());
  const Status sent = self.ok() ? kernel::PidfdSendSignal(self->get(), 0) : self.status();
  return FindingOfCall(sent, "5.1", "pidfd_send_signal");
}

Finding PidfdGetfd(const Patient&) {
  const StatusOr<kernel::Fd> self = kernel::PidfdOpen(getpid());
  if (!self.ok()) return FindingOfCall(self.status(), "5.3", "pidfd_open");
  if (syscall(SYS_pidfd_getfd, self->get(), STDIN_FILENO, 0) >= 0) return Ok();
  return FindingOfCall(ErrnoError(errno, "pidfd_getfd"), "5.6", "pidfd_getfd");
}

Finding CloseRange(const Patient&) {
  constexpr int kNotOpen = 1 << 16;
  return FindingOfCall(kernel::CloseOnExecFrom(kNotOpen), "5.11", "close_range");
}

Finding MemfdExecution(const Patient&) {
  const Status executed = ExecuteMemfd();
  if (executed.ok()) return Ok();
  return Limited(absl::StrCat(executed.message(), "; tare executes itself a second time instead"),
                 "sysctl -w vm.memfd_noexec=0, or install tare on a read-only mount");
}

Finding Userfaultfd(const Patient& patient) {
  if (const long fd = syscall(SYS_userfaultfd, O_CLOEXEC); fd >= 0) return Ok();
  return FindingOf(ErrnoError(errno, "userfaultfd"), errno == EPERM && !patient.is_root
                                                         ? "sysctl -w vm.unprivileged_userfaultfd=1"
                                                         : "use a kernel with CONFIG_USERFAULTFD");
}

// The keyring disappears with this process.
Finding SessionKeyring(const Patient&) {
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) >= 0) return Ok();
  const Status status = ErrnoError(errno, "keyctl(KEYCTL_JOIN_SESSION_KEYRING)");
  if (ErrnoOf(status) == ENOSYS)
    return Limited("the kernel has no keyrings; containers run without", "use a kernel with CONFIG_KEYS");
  return FindingOf(status, ErrnoOf(status) == EDQUOT
                               ? "sysctl -w kernel.keys.maxkeys=2000, or create --no-new-keyring"
                               : "allow keyctl in the seccomp profile that tare runs under, or use create "
                                 "--no-new-keyring");
}

Finding Netlink(const Patient&) {
  return FindingOf(network::Netlink::Open().status(), "allow sockets of the family AF_NETLINK");
}

}  // namespace tare::doctor
