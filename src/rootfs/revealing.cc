#include "rootfs/revealing.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>

#include <cerrno>
#include <vector>

#include "absl/strings/match.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/mountinfo.h"
#include "kernel/procfs.h"
#include "rootfs/paths.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;

bool IsBelow(absl::string_view path, absl::string_view directory) {
  return absl::StartsWith(path, directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

// Mounts below others come after them.
StatusOr<std::vector<std::string>> WholeProcAndSys(const std::string& rootfs) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(const std::string mountinfo, procfs->Read("self/mountinfo"));
  std::vector<std::string> points;
  for (const kernel::MountinfoEntry& mount : kernel::ParseMountinfo(mountinfo)) {
    if (mount.root != "/" || (mount.type != "proc" && mount.type != "sysfs")) continue;
    std::string point = mount.point();
    if (!IsBelow(point, rootfs)) points.push_back(std::move(point));
  }
  return points;
}

Status Hide(const std::string& point) {
  StatusOr<Fd> mount = kernel::Open(point, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (ErrnoOf(mount.status()) == ENOENT)
    return absl::OkStatus();  // unmounted together with the mount above it
  TARE_RETURN_IF_ERROR(mount.status());
  TARE_ASSIGN_OR_RETURN(const int64_t type, kernel::FilesystemType(mount->get()));
  if (type != PROC_SUPER_MAGIC && type != SYSFS_MAGIC) return absl::OkStatus();
  // Otherwise the unmount, of this mount or of one below it, would propagate to the peers of a shared mount.
  const std::string directory = point.substr(0, point.find_last_of('/') + 1);
  TARE_RETURN_IF_ERROR(kernel::SetHoldingMountPropagation(directory, MS_PRIVATE));
  TARE_RETURN_IF_ERROR(
      kernel::ChangeMount(mount->get(), {.propagation = MS_PRIVATE}, kernel::Recursion::kAllBelow));
  if (umount2(point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) return absl::OkStatus();
  // In a user namespace, the host's mounts are locked and cannot be unmounted.
  if (errno != EINVAL && errno != EPERM) return ErrnoError(errno, "umount2");
  TARE_ASSIGN_OR_RETURN(const Fd cover, EmptyDirectory(""));
  return kernel::AttachMount(cover.get(), mount->get());
}

}  // namespace

Status HideRevealingMounts(const std::string& rootfs) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> points, WholeProcAndSys(rootfs));
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    TARE_RETURN_IF_ERROR(Hide(*point), "hiding ", *point);
  return absl::OkStatus();
}

}  // namespace tare::rootfs
