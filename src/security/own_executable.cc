#include "security/own_executable.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "kernel/file.h"
#include "kernel/mount.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

namespace tare::security {
namespace {

using kernel::Fd;

constexpr char kExecutable[] = "/proc/self/exe";
constexpr char kMarker[] = "_TARE_PROTECTED";  // set after the first exec, so that there is no second
constexpr unsigned kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

StatusOr<bool> IsProtected() {
  TARE_ASSIGN_OR_RETURN(Fd self, kernel::Open(kExecutable, O_RDONLY));
  struct statvfs fs {};
  if (fstatvfs(self.get(), &fs) != 0) return ErrnoError(errno, "fstatvfs(/proc/self/exe)");
  if ((fs.f_flag & ST_RDONLY) != 0) return true;
  const int seals = fcntl(self.get(), F_GET_SEALS);
  return seals >= 0 && (static_cast<unsigned>(seals) & kSeals) == kSeals;
}

StatusOr<Fd> ReadOnlyMount() {
  TARE_ASSIGN_OR_RETURN(Fd mount, kernel::CloneMount(AT_FDCWD, kExecutable, kernel::Recursion::kThisMount,
                                                     kernel::Peering::kMember));
  // It is made private in the same call to save a system call, because every command does this.
  TARE_RETURN_IF_ERROR(kernel::ChangeMount(
      mount.get(),
      {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, .propagation = MS_PRIVATE},
      kernel::Recursion::kThisMount));
  return mount;
}

StatusOr<Fd> NewMemory() {
  int fd = memfd_create("tare", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  // Before Linux 6.3, MFD_EXEC does not exist, and every memfd may be executed.
  if (fd < 0 && errno == EINVAL) fd = memfd_create("tare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return ErrnoError(errno, "memfd_create");
  return Fd(fd);
}

StatusOr<Fd> SealedCopy() {
  TARE_ASSIGN_OR_RETURN(Fd self, kernel::Open(kExecutable, O_RDONLY));
  TARE_ASSIGN_OR_RETURN(Fd copy, NewMemory());
  ssize_t sent = 1;
  while (sent > 0) sent = sendfile(copy.get(), self.get(), nullptr, 1 << 30);
  if (sent < 0) return ErrnoError(errno, "sendfile(/proc/self/exe)");
  if (fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return ErrnoError(errno, "fcntl(F_ADD_SEALS)");
  return copy;
}

StatusOr<Fd> Protected() {
  StatusOr<Fd> mount = ReadOnlyMount();
  return ErrnoOf(mount.status()) == EPERM ? SealedCopy() : std::move(mount);
}

StatusOr<std::vector<std::string>> CommandLine() {
  TARE_ASSIGN_OR_RETURN(const std::string line, kernel::ReadFile("/proc/self/cmdline"));
  return absl::StrSplit(absl::StripSuffix(line, absl::string_view("\0", 1)), '\0');
}

// Returns only with an error.
Status Execute(const Fd& executable, std::vector<std::string> line) {
  std::vector<char*> words;
  for (std::string& word : line) words.push_back(word.data());
  words.push_back(nullptr);
  setenv(kMarker, "1", 1);
  syscall(SYS_execveat, executable.get(), "", words.data(), environ, AT_EMPTY_PATH);
  return ErrnoError(errno, "execveat(/proc/self/exe)");
}

}  // namespace

Status ProtectOwnExecutable() {
  TARE_ASSIGN_OR_RETURN(const bool is_protected, IsProtected());
  const bool again = getenv(kMarker) != nullptr;
  unsetenv(kMarker);
  if (is_protected) {
    // After an exec by descriptor, the process is named after the number of the descriptor.
    if (again) prctl(PR_SET_NAME, "tare", 0, 0, 0);
    return absl::OkStatus();
  }
  if (again) return absl::InternalError("cannot protect the runtime's executable");
  TARE_ASSIGN_OR_RETURN(Fd executable, Protected(), "protecting the runtime's executable");
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> line, CommandLine());
  log::Debug("restarting from an executable that the container cannot write to");
  return Execute(executable, std::move(line));
}

Status ExecuteProtected(std::vector<std::string> line) {
  TARE_ASSIGN_OR_RETURN(Fd executable, Protected(), "protecting the runtime's executable");
  return Execute(executable, std::move(line));
}

}  // namespace tare::security
