// The mount API of Linux 5.2 to 5.12: a mount that is not attached is a descriptor, and goes away with it.
//
// Targets are always descriptors (move_mount(2) with empty paths), never strings: a path inside a rootfs may
// change under us between check and use (CVE-2021-30465).
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

// What a copy of a mount is to the peer group of the original (mount_namespaces(7), "Shared subtrees").
enum class Peering {
  kMember,    // as the original: what is mounted below the one appears below the other
  kSlave,     // what is mounted below the original appears below the copy, and nothing comes back
  kStranger,  // private: neither
};

// Whether a symbolic link as the last component of a path is followed, or is what is meant.
enum class LastLink { kFollow, kKeep };

// A detached copy of the mount at `path` (open_tree(2) OPEN_TREE_CLONE). An empty path: what `dir` denotes.
// `peering` holds for all of it and from the beginning: the caller has to say whether what a container does
// below it may appear on the machine.
StatusOr<Fd> CloneMount(int dir, const std::string& path, Recursion recursion, Peering peering,
                        LastLink last = LastLink::kFollow);

// The id of the mount that is on top at `path`, or holds it (statx(2) STATX_MNT_ID, Linux 5.8). It is unique
// among the mounts that are there at one time.
StatusOr<uint64_t> MountIdAt(const std::string& path);

// Detaches the mount on top at `path`, with all below it (umount2(2) MNT_DETACH).
Status DetachMountAt(const std::string& path);

// The name of the file system at `path` ("ext4"), "unknown" if that cannot be found out. Reads all of
// mountinfo: for error messages.
std::string FilesystemNameAt(const std::string& path);

// A path of mountinfo (proc_pid_mountinfo(5)), where space, tab, newline and backslash are three octal
// digits.
std::string UnescapeMountPath(absl::string_view field);

// A file system being configured (fsopen(2), fspick(2)); errors carry the kernel's own explanation where it
// gives one.
class FilesystemContext {
 public:
  // For a new mount of `type`.
  static StatusOr<FilesystemContext> Open(const std::string& type);
  // For a change of the file system that `mount` shows.
  static StatusOr<FilesystemContext> Pick(int mount);

  // fsconfig(2) FSCONFIG_SET_STRING; the kernel refuses values of 256 bytes and more.
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

// mount_setattr(2) (Linux 5.12) on the mount that `mount` is the root of.
Status ChangeMount(int mount, const MountChange& change, Recursion recursion);

// Attaches the detached `mount` on `target` (any descriptor, O_PATH will do).
Status AttachMount(int mount, int target);

// The propagation of "/" in this mount namespace and of all below it: MS_SLAVE and so on.
Status SetRootPropagation(uint64_t propagation, Recursion recursion);

// Gives the mount that holds `path` another propagation: what is mounted on a shared one appears at its
// peers, and pivot_root(2) refuses a new root whose parent mount is shared.
Status SetHoldingMountPropagation(const std::string& path, uint64_t propagation);

// Makes `root` the root of this mount namespace and drops the old one (pivot_root(2), "pivot_root(".",
// ".")").
Status PivotRoot(int root);

// For an initramfs, which cannot be pivoted: moves `root` over "/" and chroots into it. That "/" becomes
// private before: at a peer in the runtime's namespace, the container would lie over the machine's own.
Status MoveRoot(int root);

// chroot(2) into `root`: for a container that shares its mount namespace.
Status ChangeRoot(int root);

}  // namespace tare::kernel
