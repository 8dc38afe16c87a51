// The mount API of Linux 5.2 to 5.12. A detached mount is a descriptor, and disappears when it is closed.
//
// Targets are always descriptors (move_mount(2) with empty paths), never strings, because a path inside a
// rootfs may change between check and use (CVE-2021-30465).
#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <string>

#include "base/status.h"
#include "kernel/fd.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000  // Linux 5.14
#endif

namespace tare::kernel {

enum class Recursion { kThisMount, kAllBelow };

// How a copy of a mount relates to the peer group of the original (mount_namespaces(7), "Shared subtrees").
enum class Peering {
  kMember,   // like the original: mounts below one of them appear below the other
  kSlave,    // mounts below the original appear below the copy, but not the other way round
  kPrivate,  // neither
};

// Whether a symbolic link as the last component of a path is followed.
enum class LastLink { kFollow, kKeep };

// A detached copy of the mount at `path` (open_tree(2) OPEN_TREE_CLONE), or of `dir` itself if `path` is
// empty. `peering` applies to the whole copy from the beginning. It has no default, because it decides
// whether what a container mounts below the copy may appear on the host. `attributes` (MOUNT_ATTR_*) are
// set on the whole copy as well.
StatusOr<Fd> CloneMount(int dir, const std::string& path, Recursion recursion, Peering peering,
                        uint64_t attributes = 0, LastLink last = LastLink::kFollow);

// The ID of the topmost mount at `path`, or of the mount that contains it (statx(2) STATX_MNT_ID, Linux 5.8).
// It is unique among the mounts that exist at one time.
StatusOr<uint64_t> MountIdAt(const std::string& path);

// Detaches the topmost mount at `path` with all mounts below it (umount2(2) MNT_DETACH).
Status DetachMountAt(const std::string& path);

// The name of the file system at `path` ("ext4"), or "unknown". Reads all of mountinfo, so it is for
// error messages only.
std::string FilesystemNameAt(const std::string& path);

// A file system that is being configured (fsopen(2), fspick(2)). Errors include the kernel's own explanation
// if it gives one.
class FilesystemContext {
 public:
  // For a new mount of `type`.
  static StatusOr<FilesystemContext> Open(const std::string& type);
  // To reconfigure the file system of `mount`.
  static StatusOr<FilesystemContext> Pick(int mount);

  // fsconfig(2) FSCONFIG_SET_STRING. The kernel refuses values of 256 bytes or more.
  Status SetString(const std::string& key, const std::string& value);
  Status SetFlag(const std::string& key);

  // After Open: the detached mount, with MOUNT_ATTR_* of `attributes`.
  StatusOr<Fd> Mount(uint64_t attributes);
  // After Pick.
  Status Reconfigure();

 private:
  FilesystemContext(Fd fd, std::string type) : fd_(std::move(fd)), type_(std::move(type)) {}
  Status Fail(int error, const std::string& call) const;

  Fd fd_;
  std::string type_;
};

struct MountChange {
  uint64_t set = 0;          // MOUNT_ATTR_*
  uint64_t clear = 0;        // MOUNT_ATTR_*; setting an access-time mode clears MOUNT_ATTR__ATIME as well
  uint64_t propagation = 0;  // one of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, or 0
  int user_namespace = -1;   // with MOUNT_ATTR_IDMAP
};

// mount_setattr(2) (Linux 5.12) on the mount whose root is `mount`.
Status ChangeMount(int mount, const MountChange& change, Recursion recursion);

// Attaches the detached `mount` on `target`, which may be an O_PATH descriptor.
Status AttachMount(int mount, int target);

// Attaches it on the file `name` in `dir`. `name` has no slash, and is not followed if it is a link.
Status AttachMountIn(int mount, int dir, const std::string& name);

// Sets the propagation of "/" in this mount namespace (MS_SLAVE and so on).
Status SetRootPropagation(uint64_t propagation, Recursion recursion);

// Sets the propagation of the mount that contains `path`. If it is shared, new mounts below it appear at its
// peers, and pivot_root(2) refuses a new root whose parent mount is shared.
Status SetHoldingMountPropagation(const std::string& path, uint64_t propagation);

// Makes `root` the root of this mount namespace and detaches the old one, with pivot_root(2) of "." to ".".
Status PivotRoot(int root);

// For an initramfs, which cannot be pivoted: moves `root` over "/" and chroots into it. First "/"
// becomes private: otherwise the container's root would also cover the host's, through a peer in
// the runtime's namespace.
Status MoveRoot(int root);

// chroot(2) into `root`, for a container without a mount namespace of its own.
Status ChangeRoot(int root);

}  // namespace tare::kernel
