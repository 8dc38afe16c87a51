#include "kernel/mount.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "kernel/mountinfo.h"

namespace tare::kernel {
namespace {

unsigned RecursiveFlag(Recursion recursion) {
  return recursion == Recursion::kAllBelow ? static_cast<unsigned>(AT_RECURSIVE) : 0U;
}

}  // namespace

StatusOr<Fd> CloneMount(int dir, const std::string& path, Recursion recursion, Peering peering,
                        uint64_t attributes, LastLink last) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | RecursiveFlag(recursion) |
                         (path.empty() ? static_cast<unsigned>(AT_EMPTY_PATH) : 0U) |
                         (last == LastLink::kKeep ? static_cast<unsigned>(AT_SYMLINK_NOFOLLOW) : 0U);
  const int fd = open_tree(dir, path.c_str(), flags);
  if (fd < 0) return ErrnoError(errno, absl::StrCat("open_tree(", path, ")"));
  Fd clone(fd);
  MountChange change{.set = attributes};
  if (peering != Peering::kMember) change.propagation = peering == Peering::kSlave ? MS_SLAVE : MS_PRIVATE;
  if (change.set == 0 && change.propagation == 0) return clone;
  TARE_RETURN_IF_ERROR(ChangeMount(clone.get(), change, recursion), path);
  return clone;
}

StatusOr<uint64_t> MountIdAt(const std::string& path) {
  struct statx stx {};
  if (statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &stx) != 0)
    return ErrnoError(errno, absl::StrCat("statx(", path, ")"));
  return stx.stx_mnt_id;
}

Status DetachMountAt(const std::string& path) {
  if (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    return ErrnoError(errno, absl::StrCat("umount2(", path, ")"));
  return absl::OkStatus();
}

std::string FilesystemNameAt(const std::string& path) {
  struct statx stx {};
  StatusOr<std::string> mountinfo = ReadFile("/proc/self/mountinfo");
  if (!mountinfo.ok() || statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &stx) != 0) return "unknown";
  const std::string id = absl::StrCat(stx.stx_mnt_id);
  for (const MountinfoEntry& mount : ParseMountinfo(*mountinfo))
    if (mount.id == id) return std::string(mount.type);
  return "unknown";
}

StatusOr<FilesystemContext> FilesystemContext::Open(const std::string& type) {
  const int fd = fsopen(type.c_str(), FSOPEN_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, absl::StrCat("fsopen(", type, ")"));
  return FilesystemContext(Fd(fd), type);
}

StatusOr<FilesystemContext> FilesystemContext::Pick(int mount) {
  const int fd = fspick(mount, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC | FSPICK_NO_AUTOMOUNT);
  if (fd < 0) return ErrnoError(errno, "fspick");
  return FilesystemContext(Fd(fd), "remount");
}

Status FilesystemContext::Fail(int error, const std::string& call) const {
  // Each read of the descriptor returns one message: "e tmpfs: Bad value for 'size'".
  char message[256];
  const ssize_t length = read(fd_.get(), message, sizeof message);
  absl::string_view text(message, length > 0 ? static_cast<size_t>(length) : 0);
  text = absl::StripSuffix(text, "\n");
  if (!absl::ConsumePrefix(&text, "e ")) return ErrnoError(error, call);
  return ErrnoError(error, absl::StrCat(call, ": ", text));
}

Status FilesystemContext::SetString(const std::string& key, const std::string& value) {
  if (fsconfig(fd_.get(), FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0) == 0) return absl::OkStatus();
  return Fail(errno, absl::StrCat("fsconfig(", type_, ", ", key, "=", value, ")"));
}

Status FilesystemContext::SetFlag(const std::string& key) {
  if (fsconfig(fd_.get(), FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0) == 0) return absl::OkStatus();
  return Fail(errno, absl::StrCat("fsconfig(", type_, ", ", key, ")"));
}

StatusOr<Fd> FilesystemContext::Mount(uint64_t attributes) {
  if (fsconfig(fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return Fail(errno, absl::StrCat("mount(", type_, ")"));
  const int fd = fsmount(fd_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes));
  if (fd < 0) return Fail(errno, absl::StrCat("fsmount(", type_, ")"));
  return Fd(fd);
}

Status FilesystemContext::Reconfigure() {
  if (fsconfig(fd_.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) == 0) return absl::OkStatus();
  return Fail(errno, "fsconfig(reconfigure)");
}

Status ChangeMount(int mount, const MountChange& change, Recursion recursion) {
  mount_attr attributes{};
  attributes.attr_set = change.set;
  attributes.attr_clr = change.clear;
  if ((change.set & MOUNT_ATTR__ATIME) != 0) attributes.attr_clr |= MOUNT_ATTR__ATIME;
  attributes.propagation = change.propagation;
  if (change.user_namespace >= 0) attributes.userns_fd = static_cast<uint64_t>(change.user_namespace);
  if (mount_setattr(mount, "", static_cast<unsigned>(AT_EMPTY_PATH) | RecursiveFlag(recursion), &attributes,
                    sizeof attributes) != 0)
    return ErrnoError(errno, "mount_setattr");
  return absl::OkStatus();
}

Status AttachMount(int mount, int target) {
  if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
    return ErrnoError(errno, "move_mount");
  return absl::OkStatus();
}

Status AttachMountIn(int mount, int dir, const std::string& name) {
  if (move_mount(mount, "", dir, name.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return ErrnoError(errno, "move_mount");
  return absl::OkStatus();
}

Status SetRootPropagation(uint64_t propagation, Recursion recursion) {
  const unsigned long flags =
      propagation | (recursion == Recursion::kAllBelow ? static_cast<unsigned long>(MS_REC) : 0UL);
  if (mount(nullptr, "/", nullptr, flags, nullptr) != 0) return ErrnoError(errno, "mount(/, propagation)");
  return absl::OkStatus();
}

Status SetHoldingMountPropagation(const std::string& path, uint64_t propagation) {
  TARE_ASSIGN_OR_RETURN(Fd at, Open(path, O_PATH | O_DIRECTORY));
  for (;;) {
    struct statx stx {};
    if (statx(at.get(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) != 0) return ErrnoError(errno, "statx");
    if ((stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) break;
    TARE_ASSIGN_OR_RETURN(at, OpenAt(at.get(), "..", O_PATH | O_DIRECTORY));
  }
  return ChangeMount(at.get(), {.propagation = propagation}, Recursion::kThisMount);
}

Status PivotRoot(int root) {
  TARE_ASSIGN_OR_RETURN(Fd old_root, Open("/", O_PATH | O_DIRECTORY));
  if (fchdir(root) != 0) return ErrnoError(errno, "fchdir(rootfs)");
  if (syscall(SYS_pivot_root, ".", ".") != 0) return ErrnoError(errno, "pivot_root");
  // The old root now covers the new one at "/". It becomes a slave so that unmounting it does not propagate
  // to its peers in the runtime's namespace.
  if (fchdir(old_root.get()) != 0) return ErrnoError(errno, "fchdir(old root)");
  if (mount(nullptr, ".", nullptr, MS_SLAVE | MS_REC, nullptr) != 0)
    return ErrnoError(errno, "mount(old root, MS_SLAVE)");
  if (umount2(".", MNT_DETACH) != 0) return ErrnoError(errno, "umount2(old root)");
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");
  return absl::OkStatus();
}

Status MoveRoot(int root) {
  TARE_RETURN_IF_ERROR(SetRootPropagation(MS_PRIVATE, Recursion::kThisMount));
  if (fchdir(root) != 0) return ErrnoError(errno, "fchdir(rootfs)");
  if (mount(".", "/", nullptr, MS_MOVE, nullptr) != 0) return ErrnoError(errno, "mount(/, MS_MOVE)");
  return ChangeRoot(root);
}

Status ChangeRoot(int root) {
  if (fchdir(root) != 0) return ErrnoError(errno, "fchdir(rootfs)");
  if (chroot(".") != 0) return ErrnoError(errno, "chroot");
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");
  return absl::OkStatus();
}

}  // namespace tare::kernel
