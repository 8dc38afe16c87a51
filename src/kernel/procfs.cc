#include "kernel/procfs.h"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/init_name.h"
#include "kernel/mount.h"
#include "kernel/process.h"

namespace tare::kernel {
namespace {

constexpr ino_t kProcRootInode = 1;  // PROC_ROOT_INO; a bind mount of a directory of procfs has another

Procfs instance;

Status VerifyRoot(int fd) {
  TARE_ASSIGN_OR_RETURN(int64_t type, FilesystemType(fd));
  TARE_ASSIGN_OR_RETURN(struct stat st, Stat(fd));
  if (type != PROC_SUPER_MAGIC || st.st_ino != kProcRootInode)
    return absl::FailedPreconditionError("/proc is not a procfs: something is mounted over it");
  return absl::OkStatus();
}

// A detached procfs, so that nothing can be mounted over a part of it: a new one of our pid namespace, or a
// copy of the existing mount without the mounts below it. In a user namespace neither is permitted if parts
// of procfs have been covered from the beginning (mount_namespaces(7), "Restrictions").
StatusOr<Fd> NewBare(int root) {
  StatusOr<FilesystemContext> context = FilesystemContext::Open("proc");
  StatusOr<Fd> mount = context.ok() ? context->Mount(0) : context.status();
  if (!mount.ok()) mount = CloneMount(root, "", Recursion::kThisMount, Peering::kPrivate);
  if (mount.ok()) TARE_RETURN_IF_ERROR(VerifyRoot(mount->get()));
  return mount;
}

// For a sysctl that the container we run in emulates or mounts read-only: there is no other way to it. Our
// own container cannot have made that mount (CVE-2025-52881), because the descriptor of /proc is older. Files
// of a process are never opened through such a mount.
StatusOr<Fd> OpenThroughMount(int root, const std::string& path, int flags, const Status& crossing,
                              const Status& why_not_bare) {
  const auto refuse = [&] {
    return Annotate(crossing, "something is mounted over part of /proc, and a new procfs cannot be mounted (",
                    why_not_bare.message(), ")");
  };
  if (!absl::StartsWith(path, "sys/")) return refuse();
  TARE_ASSIGN_OR_RETURN(Fd fd, OpenResolved(root, path, flags | O_NONBLOCK | O_NOCTTY,
                                            RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS));
  TARE_ASSIGN_OR_RETURN(const int64_t type, FilesystemType(fd.get()));
  if (type != PROC_SUPER_MAGIC && type != FUSE_SUPER_MAGIC) return refuse();
  return fd;
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
  instance.bare_.Close();
}

StatusOr<Fd> Procfs::Open(const std::string& path, int flags) const {
  StatusOr<Fd> fd = OpenBeneath(root_.get(), path, flags);
  if (ErrnoOf(fd.status()) == EXDEV) fd = OpenPastMounts(path, flags, fd.status());
  TARE_RETURN_IF_ERROR(fd.status(), "/proc");
  return fd;
}

// A new procfs costs about 50 us, so it is only mounted when it is needed.
StatusOr<Fd> Procfs::OpenPastMounts(const std::string& path, int flags, const Status& crossing) {
  if (!instance.bare_ || instance.bare_owner_ != getpid()) {
    StatusOr<Fd> bare = NewBare(instance.root_.get());
    if (!bare.ok()) return OpenThroughMount(instance.root_.get(), path, flags, crossing, bare.status());
    instance.bare_ = *std::move(bare);
    instance.bare_owner_ = getpid();
  }
  return OpenBeneath(instance.bare_.get(), path, flags);
}

StatusOr<int> Procfs::RootOf(const std::string& path) const {
  TARE_RETURN_IF_ERROR(Open(path, O_PATH).status());
  return OpenBeneath(root_.get(), path, O_PATH).ok() ? root_.get() : bare_.get();
}

StatusOr<std::string> Procfs::Read(const std::string& path) const {
  TARE_ASSIGN_OR_RETURN(Fd fd, Open(path, O_RDONLY));
  return ReadAll(fd.get(), absl::StrCat("/proc/", path));
}

Status Procfs::Write(const std::string& path, absl::string_view value) const {
  TARE_ASSIGN_OR_RETURN(Fd fd, Open(path, O_WRONLY));
  return WriteOnce(fd.get(), value, absl::StrCat("/proc/", path));
}

namespace {

// /proc/PID/stat: the command, which is in parentheses and may contain anything, even ")" and spaces (field
// 2), and the fields from the third on.
struct ProcessStat {
  std::string command;
  std::vector<std::string> fields;
};

StatusOr<ProcessStat> ReadStat(pid_t pid) {
  TARE_ASSIGN_OR_RETURN(const Procfs* procfs, Procfs::Get());
  StatusOr<std::string> text = procfs->Read(absl::StrCat(pid, "/stat"));
  if (ErrnoOf(text.status()) == ESRCH) return absl::NotFoundError("the process has ended");
  TARE_ASSIGN_OR_RETURN(const std::string stat, std::move(text));
  const size_t begin = stat.find('(');
  const size_t end = stat.rfind(") ");
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    return absl::InternalError("/proc/PID/stat is malformed");
  ProcessStat parsed{.command = stat.substr(begin + 1, end - begin - 1),
                     .fields = absl::StrSplit(absl::string_view(stat).substr(end + 2), ' ')};
  if (parsed.fields.size() < 20) return absl::InternalError("/proc/PID/stat is malformed");
  return parsed;
}

}  // namespace

StatusOr<uint64_t> ProcessStartTime(pid_t pid) {
  TARE_ASSIGN_OR_RETURN(const ProcessStat stat, ReadStat(pid));
  const std::vector<std::string>& fields = stat.fields;
  uint64_t start = 0;
  if (!absl::SimpleAtoi(fields[19], &start)) return absl::InternalError("/proc/PID/stat is malformed");
  if (fields[0] == "Z" || fields[0] == "X") return absl::NotFoundError("the process has ended");
  return start;
}

bool EndedBeforeExec(pid_t pid) {
  constexpr uint64_t kExiting = 0x4;
  constexpr uint64_t kForkNoExec = 0x40;
  const StatusOr<ProcessStat> stat = ReadStat(pid);
  uint64_t flags = 0;
  if (!stat.ok() || !absl::SimpleAtoi(stat->fields[6], &flags)) return false;
  return (flags & kExiting) != 0 && ((flags & kForkNoExec) != 0 || stat->command == kInitName);
}

// The pidfd is opened before the start time is read, so that it refers to the process that was compared.
StatusOr<Fd> OpenProcess(pid_t pid, uint64_t start_time) {
  if (pid <= 0) return Fd();
  StatusOr<Fd> pidfd = PidfdOpen(pid);
  if (ErrnoOf(pidfd.status()) == ESRCH) return Fd();
  TARE_RETURN_IF_ERROR(pidfd.status());
  const StatusOr<uint64_t> start = ProcessStartTime(pid);
  if (absl::IsNotFound(start.status())) return Fd();
  TARE_RETURN_IF_ERROR(start.status());
  return *start == start_time ? *std::move(pidfd) : Fd();
}

}  // namespace tare::kernel
