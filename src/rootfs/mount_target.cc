#include "rootfs/mount_target.h"

#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <unistd.h>

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
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

// Where the kernel says that a descriptor lies now.
StatusOr<std::string> PathOf(int fd) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  char path[PATH_MAX];
  const ssize_t length = readlinkat(procfs->fd(), absl::StrCat("self/fd/", fd).c_str(), path, sizeof path);
  if (length < 0) return ErrnoError(errno, "readlink(/proc/self/fd)");
  return std::string(path, static_cast<size_t>(length));
}

StatusOr<bool> IsProcfs(int fd) {
  TARE_ASSIGN_OR_RETURN(const int64_t type, kernel::FilesystemType(fd));
  return type == PROC_SUPER_MAGIC;
}

}  // namespace

StatusOr<kernel::Fd> OpenTarget(int root, const std::string& destination, TargetKind kind) {
  return kind == TargetKind::kDirectory ? kernel::MakeDirectoryInRoot(root, destination, 0755)
                                        : kernel::MakeFileInRoot(root, destination, 0644);
}

StatusOr<kernel::Fd> OpenTargetWithoutLinks(int root, const std::string& destination) {
  TARE_RETURN_IF_ERROR(OpenTarget(root, destination, TargetKind::kDirectory).status());
  StatusOr<kernel::Fd> target =
      kernel::OpenResolved(root, destination, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
  if (ErrnoOf(target.status()) == ELOOP)
    return InvalidError(destination, " must be a directory of the rootfs, not a symbolic link");
  return target;
}

Status CheckNotInProc(int root, int target, int source) {
  TARE_ASSIGN_OR_RETURN(const std::string root_path, PathOf(root));
  TARE_ASSIGN_OR_RETURN(const std::string target_path, PathOf(target));
  absl::string_view inside = target_path;
  if (root_path != "/") inside = absl::StripPrefix(inside, root_path);
  if (inside != "/proc" && !absl::StartsWith(inside, "/proc/")) return absl::OkStatus();
  if (std::find(std::begin(kReplaceable), std::end(kReplaceable), inside) != std::end(kReplaceable))
    return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const bool procfs, IsProcfs(source));
  if (procfs) return absl::OkStatus();
  return InvalidError("\"", inside, "\" cannot be mounted because it is ",
                      inside == "/proc" ? "not a procfs" : "inside /proc");
}

}  // namespace tare::rootfs
