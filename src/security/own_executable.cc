#include "security/own_executable.h"

#include <fcntl.h>
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
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/memfd.h"
#include "kernel/mount.h"

namespace tare::security {
namespace {

using kernel::Fd;

constexpr char kExecutable[] = "/proc/self/exe";
constexpr char kMarker[] = "_TARE_PROTECTED";  // set after the first exec, so that there is no second

StatusOr<bool> IsProtected() {
  TARE_ASSIGN_OR_RETURN(Fd self, kernel::Open(kExecutable, O_RDONLY));
  struct statvfs fs {};
  if (fstatvfs(self.get(), &fs) != 0) return ErrnoError(errno, "fstatvfs(/proc/self/exe)");
  return (fs.f_flag & ST_RDONLY) != 0 || kernel::IsSealed(self.get());
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

StatusOr<Fd> SealedCopy() {
  TARE_ASSIGN_OR_RETURN(Fd self, kernel::Open(kExecutable, O_RDONLY));
  TARE_ASSIGN_OR_RETURN(Fd copy, kernel::ExecutableMemfd("tare"));
  ssize_t sent = 1;
  while (sent > 0) sent = sendfile(copy.get(), self.get(), nullptr, 1 << 30);
  if (sent < 0) return ErrnoError(errno, "sendfile(/proc/self/exe)");
  TARE_RETURN_IF_ERROR(kernel::Seal(copy.get()));
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

// Whether this is the second start. The exec by descriptor has named the process after the descriptor's
// number.
bool IsAgain() {
  if (getenv(kMarker) == nullptr) return false;
  unsetenv(kMarker);
  prctl(PR_SET_NAME, "tare", 0, 0, 0);
  return true;
}

Status ExecuteAgain() {
  TARE_ASSIGN_OR_RETURN(Fd executable, Protected(), "protecting the runtime's executable");
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> line, CommandLine());
  log::Debug("restarting from an executable that the container cannot write to");
  return Execute(executable, std::move(line));
}

}  // namespace

Status ProtectOwnExecutable() {
  return OpenDoor(DoorSuffices::kNo).status();
}

StatusOr<std::optional<door::Executable>> OpenDoor(DoorSuffices suffices) {
  TARE_STEP("protect the file that tare runs from");
  TARE_ASSIGN_OR_RETURN(const bool is_protected, IsProtected());
  const bool again = IsAgain();
  if (is_protected) return std::nullopt;
  if (again) return absl::InternalError("cannot protect the runtime's executable");
  if (suffices == DoorSuffices::kYes) {
    StatusOr<door::Executable> door = door::Executable::Make();
    if (door.ok()) return *std::move(door);
    log::Debug(door.status().message());
  }
  return ExecuteAgain();
}

Status ExecuteProtected(std::vector<std::string> line) {
  TARE_ASSIGN_OR_RETURN(Fd executable, Protected(), "protecting the runtime's executable");
  return Execute(executable, std::move(line));
}

}  // namespace tare::security
