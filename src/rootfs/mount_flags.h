// The flags of a mount that is there: a bind mount's, a remount's.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "kernel/mount.h"
#include "rootfs/mount_options.h"

namespace tare::rootfs {

// MS_* of mount(2) as MOUNT_ATTR_* of a new mount. Of several access-time modes mount(2) takes strictatime,
// then noatime; none is relatime.
uint64_t AttributesOf(uint64_t flags);

// What gives a mount exactly `flags`, as MS_REMOUNT | MS_BIND of mount(2) does: what is not in it goes, but
// for the access times, of which all stay if none is in it.
kernel::MountChange Exactly(uint64_t flags);

// Which flags of a mount cannot change: those that a user namespace got from outside (mount_namespaces(7)).
enum class Locked {
  kByKernel,   // which the kernel knows
  kAsIfGiven,  // all, although the runtime opened the mount, where it is not locked, for a user namespace
};

// Whether there is a word that sets or clears one. If not, a bind mount keeps all that it was copied with.
bool NameFlags(const MountOptions& options);

// Gives `mount`, which is not changed yet, the flags that `options` name and no more, unlike mount(8) and as
// runc has it: "ro" alone ends nosuid. What is locked stays where nothing was said of it, and is EPERM where
// it was.
Status SetFlags(int mount, const MountOptions& options, Locked locked = Locked::kByKernel);

}  // namespace tare::rootfs
