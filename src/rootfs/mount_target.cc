#include "rootfs/mount_target.h"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"

namespace tare::rootfs {
namespace {

constexpr absl::string_view kReplaceable[] = {
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/slabinfo",
    "/proc/net/dev",  // where it is no link's: the kernel drops what is mounted below /proc/PID/net
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

constexpr ino_t kProcfsRoot = 1;  // PROC_ROOT_INO

// Where the kernel says that a descriptor lies now.
StatusOr<std::string> PathOf(int fd) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  return kernel::ReadLinkAt(procfs->fd(), absl::StrCat("self/fd/", fd));
}

StatusOr<std::string> PathInRoot(int root, int target) {
  TARE_ASSIGN_OR_RETURN(const std::string root_path, PathOf(root));
  TARE_ASSIGN_OR_RETURN(const std::string target_path, PathOf(target));
  if (root_path == "/") return target_path;
  return std::string(absl::StripPrefix(target_path, root_path));
}

bool IsReplaceable(absl::string_view path) {
  return std::find(std::begin(kReplaceable), std::end(kReplaceable), path) != std::end(kReplaceable);
}

Status RefuseInsideProc(absl::string_view path) {
  if (!absl::StartsWith(path, "/proc/") || IsReplaceable(path)) return absl::OkStatus();
  return InvalidError("\"", path, "\" cannot be mounted because it is inside /proc");
}

// What the words alone tell, before anything is made for it; what links lead to is seen later.
Status RefuseDestination(absl::string_view destination) {
  while (absl::ConsumeSuffix(&destination, "/")) continue;
  return absl::StrContains(destination, "..") ? absl::OkStatus() : RefuseInsideProc(destination);
}

}  // namespace

StatusOr<kernel::Fd> OpenTarget(int root, const std::string& destination, TargetKind kind) {
  TARE_RETURN_IF_ERROR(RefuseDestination(destination));
  return kind == TargetKind::kDirectory ? kernel::MakeDirectoryInRoot(root, destination, 0755)
                                        : kernel::MakeFileInRoot(root, destination, 0644);
}

StatusOr<kernel::Fd> OpenTargetWithoutLinks(int root, const std::string& destination) {
  constexpr uint64_t kNoLinks = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
  StatusOr<kernel::Fd> target = kernel::OpenResolved(root, destination, O_PATH | O_DIRECTORY, kNoLinks);
  if (ErrnoOf(target.status()) == ENOENT) {
    // A link is refused above, before anything is made where it leads.
    TARE_RETURN_IF_ERROR(OpenTarget(root, destination, TargetKind::kDirectory).status());
    target = kernel::OpenResolved(root, destination, O_PATH | O_DIRECTORY, kNoLinks);
  }
  if (ErrnoOf(target.status()) == ELOOP)
    return InvalidError(destination, " must be a directory of the rootfs, not a symbolic link");
  return target;
}

Status CheckNotInsideProc(int root, int target) {
  TARE_ASSIGN_OR_RETURN(const std::string path, PathInRoot(root, target));
  return RefuseInsideProc(path);
}

Status CheckNotInProc(int root, int target, int source) {
  TARE_ASSIGN_OR_RETURN(const std::string path, PathInRoot(root, target));
  TARE_RETURN_IF_ERROR(RefuseInsideProc(path));
  if (path != "/proc") return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const int64_t type, kernel::FilesystemType(source));
  if (type != PROC_SUPER_MAGIC)
    return InvalidError("\"/proc\" cannot be mounted because it is not of type proc");
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(source));
  if (st.st_ino != kProcfsRoot)
    return InvalidError("\"/proc\" cannot be mounted because it is only a part of a procfs");
  return absl::OkStatus();
}

}  // namespace tare::rootfs
