// Changes the flags of an existing mount, for bind mounts and remounts.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "kernel/mount.h"
#include "rootfs/mount_options.h"

namespace tare::rootfs {

// MS_* of mount(2) as MOUNT_ATTR_* of a new mount. If there are several access time modes, strictatime takes
// precedence, then noatime, as in mount(2). The default is relatime.
uint64_t AttributesOf(uint64_t flags);

// The change that gives a mount exactly `flags`, as mount(2) does with MS_REMOUNT | MS_BIND: all others are
// cleared. The exception are the access time flags, which stay as they are if `flags` has none of them.
kernel::MountChange ChangeToExactly(uint64_t flags);

// Which flags of a mount are locked: a user namespace cannot change the flags of mounts that it was given
// from outside (mount_namespaces(7)).
enum class Locked {
  kByKernel,   // those that the kernel has locked
  kAsIfGiven,  // all: the runtime opened the mount for a user namespace, so the kernel has not locked them
};

// True if the options set or clear any flag. If not, a bind mount keeps the flags of its source.
bool ChangesFlags(const MountOptions& options);

// Gives `mount`, whose flags have not been changed yet, exactly the flags in `options`. This is how runc does
// it, unlike mount(8): "ro" alone clears nosuid. A locked flag that the options do not name is kept; one that
// they would change is an error (EPERM).
Status SetFlags(int mount, const MountOptions& options, Locked locked = Locked::kByKernel);

}  // namespace tare::rootfs
