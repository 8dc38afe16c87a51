// The place in the rootfs at which a mount goes.
#pragma once

#include <string>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/mount.h"

namespace tare::rootfs {

enum class TargetKind { kDirectory, kFile };

// Opens `destination` inside `root` (O_PATH), made if missing. One that is written as a path inside /proc is
// refused, as by CheckNotInsideProc(), and not made.
StatusOr<kernel::Fd> OpenTarget(int root, const std::string& destination, TargetKind kind,
                                kernel::LastLink last = kernel::LastLink::kFollow);

// Makes `destination` inside `root` a symbolic link to `content`; not an error if it already is one.
Status MakeLink(int root, const std::string& destination, const std::string& content);

// For procfs and sysfs: `destination` must be a real directory, reached through no link at all. A link would
// let an image choose what gets mounted over (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642). `type` is for
// the error.
StatusOr<kernel::Fd> OpenTargetWithoutLinks(int root, const std::string& destination,
                                            const std::string& type);

// Refuses a mount inside the container's /proc, whatever path led there and whatever is mounted: what is
// written there later, such as an LSM label, must reach the kernel (CVE-2019-16884), and no part of the
// machine's procfs becomes writable that way. Allowed are files that report on the machine, as lxcfs replaces
// them. Nothing speaks against mounts inside /sys, where engines put several file systems.
Status CheckNotInsideProc(int root, int target);

// The same, and over /proc itself nothing but the root of a procfs (`source`: the mount to be attached). And
// nothing over the root: the container would not see it, but would miss what the config asks for.
Status CheckTarget(int root, int target, int source);

}  // namespace tare::rootfs
