#include "rootfs/paths.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/step.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/resolve.h"

namespace tare::rootfs {

bool IsNull(const struct stat& st) {
  return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

namespace {

using kernel::Fd;

// An empty descriptor if the path does not exist: the files in procfs and sysfs depend on the kernel.
StatusOr<Fd> OpenIfThere(int root, const std::string& path) {
  StatusOr<Fd> fd = kernel::OpenInRoot(root, path, O_PATH);
  const int error = ErrnoOf(fd.status());
  if (error == ENOENT || error == ENOTDIR) return Fd();
  return fd;
}

// The ID of the mount whose root is `target` (Linux 5.8), or 0.
uint64_t MountOf(int target) {
  struct statx stx {};
  const bool is_root = statx(target, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) == 0 &&
                       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  return is_root ? stx.stx_mnt_id : 0;
}

bool IsOneOf(const std::vector<Fd>& mounts, uint64_t number) {
  return number != 0 &&
         std::ranges::any_of(mounts, [&](const Fd& mount) { return MountOf(mount.get()) == number; });
}

// Mounts over `target` what is there already, but read-only.
StatusOr<Fd> CoverReadOnly(int target) {
  // The new mount replaces the one that it covers, so it joins its peer group.
  TARE_ASSIGN_OR_RETURN(
      Fd mount, kernel::CloneMount(target, "", kernel::Recursion::kAllBelow, kernel::Peering::kMember));
  TARE_RETURN_IF_ERROR(
      kernel::ChangeMount(mount.get(), {.set = MOUNT_ATTR_RDONLY}, kernel::Recursion::kThisMount));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(mount.get(), target));
  return mount;
}

class Masks {
 public:
  Masks(int root, const std::string& label) : root_(root), label_(label) {}

  // True if a mask is already mounted there.
  bool IsMasked(const struct stat& st) const {
    if (S_ISCHR(st.st_mode)) return IsNull(st);
    return S_ISDIR(st.st_mode) && empty_device_ && st.st_dev == *empty_device_;
  }

  // A new mount that hides a file.
  StatusOr<Fd> ForFile() {
    if (!null_) {
      TARE_ASSIGN_OR_RETURN(null_, OpenNull(root_));
    }
    return kernel::CloneMount(null_.get(), "", kernel::Recursion::kThisMount, kernel::Peering::kPrivate);
  }

  // A new mount that hides a directory. The first one is the tmpfs itself; the others are clones of it, which
  // is possible only after KeepAttached().
  StatusOr<Fd> ForDirectory() {
    if (!empty_) return EmptyDirectory(label_);
    return kernel::CloneMount(empty_.get(), "", kernel::Recursion::kThisMount, kernel::Peering::kPrivate);
  }
  Status KeepAttached(Fd directory) {
    if (empty_) return absl::OkStatus();
    TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(directory.get()));
    empty_device_ = st.st_dev;
    empty_ = std::move(directory);
    return absl::OkStatus();
  }

 private:
  int root_;
  const std::string& label_;
  Fd null_;
  Fd empty_;
  std::optional<dev_t> empty_device_;
};

Status Mask(Masks& masks, int target) {
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(target));
  if (masks.IsMasked(st)) return absl::OkStatus();
  const bool directory = S_ISDIR(st.st_mode);
  TARE_ASSIGN_OR_RETURN(Fd mask, directory ? masks.ForDirectory() : masks.ForFile());
  TARE_RETURN_IF_ERROR(kernel::AttachMount(mask.get(), target));
  return directory ? masks.KeepAttached(std::move(mask)) : absl::OkStatus();
}

}  // namespace

StatusOr<Fd> OpenNull(int root) {
  TARE_ASSIGN_OR_RETURN(Fd null, kernel::OpenInRoot(root, "/dev/null", O_PATH | O_NOFOLLOW));
  TARE_ASSIGN_OR_RETURN(struct stat st, kernel::Stat(null.get()));
  if (!IsNull(st)) return absl::FailedPreconditionError("/dev/null in the rootfs is not the null device");
  return null;
}

StatusOr<Fd> EmptyDirectory(const std::string& label) {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("tmpfs"));
  TARE_RETURN_IF_ERROR(fs.SetString("source", "tmpfs"));
  // One inode for the root, and one that some kernels count in addition.
  TARE_RETURN_IF_ERROR(fs.SetString("nr_inodes", "2"));
  if (!label.empty()) TARE_RETURN_IF_ERROR(fs.SetString("context", label));
  return fs.Mount(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

Status MaskPaths(int root, const std::vector<std::string>& paths, const std::string& label) {
  Masks masks(root, label);
  for (const std::string& path : paths) {
    TARE_ASSIGN_OR_RETURN(Fd target, OpenIfThere(root, path), "masking ", path);
    if (!target) continue;
    TARE_STEP("mask ", path);
    TARE_RETURN_IF_ERROR(Mask(masks, target.get()), "masking ", path);
  }
  return absl::OkStatus();
}

Status ReadonlyPaths(int root, const std::vector<std::string>& paths) {
  std::vector<Fd> made;
  for (const std::string& path : paths) {
    TARE_ASSIGN_OR_RETURN(const Fd target, OpenIfThere(root, path), "making ", path, " read-only");
    if (!target || IsOneOf(made, MountOf(target.get()))) continue;
    TARE_STEP("make ", path, " read-only");
    TARE_ASSIGN_OR_RETURN(Fd mount, CoverReadOnly(target.get()), "making ", path, " read-only");
    made.push_back(std::move(mount));
  }
  return absl::OkStatus();
}

}  // namespace tare::rootfs
