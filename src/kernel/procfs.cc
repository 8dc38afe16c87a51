#include "kernel/procfs.h"

#include <linux/magic.h>
#include <linux/openat2.h>

#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace tare::kernel {
namespace {

constexpr ino_t kProcRootInode = 1;  // PROC_ROOT_INO: a bind mount of a folder of procfs has another

Procfs instance;

Status VerifyRoot(int fd) {
  TARE_ASSIGN_OR_RETURN(int64_t type, FilesystemType(fd));
  TARE_ASSIGN_OR_RETURN(struct stat st, Stat(fd));
  if (type != PROC_SUPER_MAGIC || st.st_ino != kProcRootInode)
    return absl::FailedPreconditionError("/proc is not a procfs: something is mounted over it");
  return absl::OkStatus();
}

}  // namespace

StatusOr<const Procfs*> Procfs::Get() {
  if (!instance.root_) {
    TARE_ASSIGN_OR_RETURN(Fd fd, kernel::Open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW));
    TARE_RETURN_IF_ERROR(Adopt(std::move(fd)));
  }
  return &instance;
}

Status Procfs::Adopt(Fd fd) {
  TARE_RETURN_IF_ERROR(VerifyRoot(fd.get()));
  instance.root_ = std::move(fd);
  return absl::OkStatus();
}

void Procfs::Forget() {
  instance.root_.Close();
}

StatusOr<Fd> Procfs::Open(const std::string& path, int flags) const {
  TARE_ASSIGN_OR_RETURN(
      Fd fd,
      OpenResolved(root_.get(), path, flags, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS),
      "/proc");
  return fd;
}

StatusOr<std::string> Procfs::Read(const std::string& path) const {
  TARE_ASSIGN_OR_RETURN(Fd fd, Open(path, O_RDONLY));
  return ReadAll(fd.get(), absl::StrCat("/proc/", path));
}

Status Procfs::Write(const std::string& path, absl::string_view value) const {
  TARE_ASSIGN_OR_RETURN(Fd fd, Open(path, O_WRONLY));
  return WriteOnce(fd.get(), value, absl::StrCat("/proc/", path));
}

StatusOr<uint64_t> ProcessStartTime(pid_t pid) {
  TARE_ASSIGN_OR_RETURN(const Procfs* procfs, Procfs::Get());
  TARE_ASSIGN_OR_RETURN(std::string stat, procfs->Read(absl::StrCat(pid, "/stat")));
  // The command (field 2) is in parentheses and may hold anything, also ")" and spaces.
  const size_t end = stat.rfind(") ");
  if (end == std::string::npos) return absl::InternalError("an unreadable /proc/PID/stat");
  std::vector<absl::string_view> fields = absl::StrSplit(absl::string_view(stat).substr(end + 2), ' ');
  uint64_t start = 0;
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[19], &start))
    return absl::InternalError("an unreadable /proc/PID/stat");
  if (fields[0] == "Z" || fields[0] == "X") return absl::NotFoundError("the process has ended");
  return start;
}

}  // namespace tare::kernel
