#include "rootfs/mount_flags.h"

#include <sys/vfs.h>

#include <cerrno>

namespace tare::rootfs {
namespace {

constexpr uint64_t kModes = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;
constexpr uint64_t kAccessTimes = kModes | MS_NODIRATIME;
constexpr uint64_t kMayBeLocked = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | kAccessTimes;

struct Translation {
  uint64_t flag;       // MS_*
  uint64_t attribute;  // MOUNT_ATTR_*
  long statfs;         // f_flags of statfs(2)
};
constexpr Translation kFlags[] = {
    {MS_RDONLY, MOUNT_ATTR_RDONLY, 0x1},
    {MS_NOSUID, MOUNT_ATTR_NOSUID, 0x2},
    {MS_NODEV, MOUNT_ATTR_NODEV, 0x4},
    {MS_NOEXEC, MOUNT_ATTR_NOEXEC, 0x8},
    {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME, 0x800},
    {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW, 0x2000},
};
constexpr long kStatfsNoatime = 0x400;
constexpr long kStatfsRelatime = 0x1000;

uint64_t ModeOf(uint64_t flags) {
  if ((flags & MS_STRICTATIME) != 0) return MOUNT_ATTR_STRICTATIME;
  return (flags & MS_NOATIME) != 0 ? MOUNT_ATTR_NOATIME : MOUNT_ATTR_RELATIME;
}

// statfs(2) has no flag for strictatime: it means that neither of the others is set.
StatusOr<uint64_t> FlagsOf(int mount) {
  struct statfs st {};
  if (fstatfs(mount, &st) != 0) return ErrnoError(errno, "fstatfs");
  uint64_t flags = 0;
  for (const Translation& known : kFlags)
    if ((st.f_flags & known.statfs) != 0) flags |= known.flag;
  if ((st.f_flags & kStatfsNoatime) != 0) return flags | MS_NOATIME;
  return flags | ((st.f_flags & kStatfsRelatime) != 0 ? MS_RELATIME : MS_STRICTATIME);
}

// True if `wanted` would change a flag of `present` that can be locked.
bool ChangesLockable(uint64_t present, uint64_t wanted) {
  constexpr uint64_t kAsItIs = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
  if ((wanted & kAccessTimes) == 0) wanted |= present & kAccessTimes;
  const uint64_t before = AttributesOf(present & kMayBeLocked);
  const uint64_t after = AttributesOf(wanted);
  return (before & ~after) != 0 || ((before ^ after) & kAsItIs) != 0;
}

Status TrySetFlags(int mount, uint64_t flags, Locked locked) {
  if (locked == Locked::kAsIfGiven) {
    TARE_ASSIGN_OR_RETURN(const uint64_t present, FlagsOf(mount));
    if (ChangesLockable(present, flags)) return ErrnoError(EPERM, "changing locked mount flags");
  }
  return kernel::ChangeMount(mount, ChangeToExactly(flags), kernel::Recursion::kThisMount);
}

// A bind mount keeps the access time flags of its source unless others are given. If an option clears one of
// them (atime, diratime), the rest must be given. Locked ones are kept.
StatusOr<uint64_t> WithAccessTimes(int mount, const MountOptions& options) {
  const uint64_t ended = options.cleared_flags & kAccessTimes;
  if (ended == 0 || (options.flags & kAccessTimes) != 0) return options.flags;
  TARE_ASSIGN_OR_RETURN(const uint64_t flags, FlagsOf(mount));
  const uint64_t present = flags & kAccessTimes;
  const uint64_t left = present & ~ended;
  if (left == present) return options.flags;
  return options.flags | left | ((left & kModes) == 0 ? MS_RELATIME : 0);
}

Status Explain(const Status& status) {
  return Annotate(status,
                  "in a user namespace, nosuid, nodev, noexec and ro of the host's mounts cannot be cleared, "
                  "nor their access time options changed");
}

}  // namespace

uint64_t AttributesOf(uint64_t flags) {
  uint64_t attributes = ModeOf(flags);
  for (const Translation& known : kFlags)
    if ((flags & known.flag) != 0) attributes |= known.attribute;
  return attributes;
}

kernel::MountChange ChangeToExactly(uint64_t flags) {
  kernel::MountChange change{.set = AttributesOf(flags)};
  for (const Translation& known : kFlags) change.clear |= known.attribute;
  if ((flags & kAccessTimes) != 0)
    change.clear |= MOUNT_ATTR__ATIME;
  else
    change.clear &= ~static_cast<uint64_t>(MOUNT_ATTR_NODIRATIME);
  change.clear &= ~change.set | MOUNT_ATTR__ATIME;
  return change;
}

bool ChangesFlags(const MountOptions& options) {
  return options.flags != 0 || options.cleared_flags != 0;
}

Status SetFlags(int mount, const MountOptions& options, Locked locked) {
  TARE_ASSIGN_OR_RETURN(const uint64_t flags, WithAccessTimes(mount, options));
  Status status = TrySetFlags(mount, flags, locked);
  if (flags != options.flags && ErrnoOf(status) == EPERM) status = TrySetFlags(mount, options.flags, locked);
  if (ErrnoOf(status) != EPERM) return status;
  TARE_ASSIGN_OR_RETURN(const uint64_t present, FlagsOf(mount));
  const uint64_t access_times = options.flags & kAccessTimes;
  if ((present & options.cleared_flags & kMayBeLocked) != 0) return Explain(status);
  if (access_times != 0 && access_times != (present & kAccessTimes)) return Explain(status);
  const uint64_t kept = options.flags | (present & kMayBeLocked);
  return kernel::ChangeMount(mount, ChangeToExactly(kept), kernel::Recursion::kThisMount);
}

}  // namespace tare::rootfs
