#include "rootfs/mount_target.h"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
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
    "/proc/net/dev",  // if it is not reached by a link: the kernel drops mounts below /proc/PID/net
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

constexpr ino_t kProcfsRoot = 1;  // PROC_ROOT_INO

StatusOr<std::string> PathInRoot(const Root& root, int target) {
  TARE_ASSIGN_OR_RETURN(const std::string path, PathOf(target));
  absl::string_view inside = path;
  if (root.path == "/") return path;
  if (absl::ConsumePrefix(&inside, root.path) && (inside.empty() || inside[0] == '/'))
    return std::string(inside);
  return absl::FailedPreconditionError(
      absl::StrCat("the rootfs was moved while it was being mounted: ", path, " is not below ", root.path));
}

bool IsReplaceable(absl::string_view path) {
  return std::find(std::begin(kReplaceable), std::end(kReplaceable), path) != std::end(kReplaceable);
}

Status RefuseInsideProc(absl::string_view path) {
  if (!absl::StartsWith(path, "/proc/") || IsReplaceable(path)) return absl::OkStatus();
  return InvalidError("\"", path, "\" cannot be mounted because it is inside /proc");
}

// A check of the path as it is written, before anything is created. Where links lead is checked later.
Status RefuseDestination(absl::string_view destination) {
  while (absl::ConsumeSuffix(&destination, "/")) continue;
  return absl::StrContains(destination, "..") ? absl::OkStatus() : RefuseInsideProc(destination);
}

// The link at `destination`, or an empty descriptor if there is nothing, or something else.
StatusOr<kernel::Fd> OpenLink(int root, const std::string& destination) {
  StatusOr<kernel::Fd> found = kernel::OpenInRoot(root, destination, O_PATH | O_NOFOLLOW);
  if (ErrnoOf(found.status()) == ENOENT) return kernel::Fd();
  TARE_RETURN_IF_ERROR(found.status());
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(found->get()));
  return S_ISLNK(st.st_mode) ? std::move(found) : kernel::Fd();
}

}  // namespace

StatusOr<std::string> PathOf(int fd) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  return kernel::ReadLinkAt(procfs->fd(), absl::StrCat("self/fd/", fd));
}

StatusOr<kernel::Fd> OpenTarget(const Root& root, const std::string& destination, TargetKind kind,
                                kernel::LastLink last) {
  TARE_RETURN_IF_ERROR(RefuseDestination(destination));
  if (last == kernel::LastLink::kKeep) {
    StatusOr<kernel::Fd> link = OpenLink(root.fd, destination);
    if (!link.ok() || *link) return link;
  }
  return kind == TargetKind::kDirectory ? kernel::MakeDirectoryInRoot(root.fd, destination, 0755, root.made)
                                        : kernel::MakeFileInRoot(root.fd, destination, 0644, root.made);
}

Status MakeLink(const Root& root, const std::string& destination, const std::string& content) {
  TARE_RETURN_IF_ERROR(RefuseDestination(destination));
  std::string path = destination;
  while (!path.empty() && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string directory = slash == std::string::npos ? "/" : path.substr(0, slash + 1);
  TARE_ASSIGN_OR_RETURN(const kernel::Fd parent,
                        kernel::MakeDirectoryInRoot(root.fd, directory, 0755, root.made));
  TARE_RETURN_IF_ERROR(CheckNotInsideProc(root, parent.get()));
  if (symlinkat(content.c_str(), parent.get(), name.c_str()) == 0) {
    if (root.made == nullptr) return absl::OkStatus();
    TARE_ASSIGN_OR_RETURN(kernel::Fd own, kernel::Duplicate(parent.get()));
    root.made->push_back({std::move(own), name, /*directory=*/false});
    return absl::OkStatus();
  }
  const int error = errno;
  StatusOr<std::string> present = kernel::ReadLinkAt(parent.get(), name);
  if (error == EEXIST && present.ok() && *present == content) return absl::OkStatus();
  return ErrnoError(error, absl::StrCat("symlink(", content, ", ", destination, ")"));
}

StatusOr<kernel::Fd> OpenTargetWithoutLinks(const Root& root, const std::string& destination,
                                            const std::string& type) {
  constexpr uint64_t kNoLinks = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
  StatusOr<kernel::Fd> target = kernel::OpenResolved(root.fd, destination, O_PATH | O_DIRECTORY, kNoLinks);
  if (ErrnoOf(target.status()) == ENOENT) {
    // A link has been refused by the call above, so nothing is created where it leads.
    TARE_RETURN_IF_ERROR(OpenTarget(root, destination, TargetKind::kDirectory).status());
    target = kernel::OpenResolved(root.fd, destination, O_PATH | O_DIRECTORY, kNoLinks);
  }
  if (ErrnoOf(target.status()) == ELOOP)
    return InvalidError("filesystem \"", type, "\" must be mounted on ordinary directory: ", destination,
                        " leads through a symbolic link");
  return target;
}

Status CheckNotInsideProc(const Root& root, int target) {
  TARE_ASSIGN_OR_RETURN(const std::string path, PathInRoot(root, target));
  return RefuseInsideProc(path);
}

Status CheckTarget(const Root& root, int target, int source) {
  TARE_ASSIGN_OR_RETURN(const std::string path, PathInRoot(root, target));
  if (path.empty() || path == "/")
    return InvalidError("the destination is the root of the container, where nothing can be mounted");
  TARE_RETURN_IF_ERROR(RefuseInsideProc(path));
  if (path != "/proc") return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const int64_t type, kernel::FilesystemType(source));
  if (type != PROC_SUPER_MAGIC)
    return InvalidError("\"/proc\" cannot be mounted because it is not of type proc");
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(source));
  if (st.st_ino != kProcfsRoot)
    return InvalidError("\"/proc\" cannot be mounted because it is only part of a procfs");
  return absl::OkStatus();
}

}  // namespace tare::rootfs
