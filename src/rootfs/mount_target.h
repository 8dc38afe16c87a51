// Opens and checks the place in the rootfs where something is mounted.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/mount.h"
#include "kernel/resolve.h"

namespace tare::rootfs {

// The rootfs, attached, and its path according to the kernel, which is read only once. Only a user of the
// host who may move a directory above it could change that path; then CheckTarget() fails.
struct Root {
  int fd = -1;
  std::string path;
  std::vector<kernel::MadeInRoot>* made = nullptr;  // gets what the functions below create, if it is not null
};
// The path of a descriptor, according to the kernel.
StatusOr<std::string> PathOf(int fd);

enum class TargetKind { kDirectory, kFile };

// Opens `destination` inside `root` (O_PATH), and creates it if it is missing. A path inside /proc is refused
// as by CheckNotInsideProc(), before anything is created.
StatusOr<kernel::Fd> OpenTarget(const Root& root, const std::string& destination, TargetKind kind,
                                kernel::LastLink last = kernel::LastLink::kFollow);

// Creates the symbolic link `destination` inside `root`, with `content`. It is not an error if
// it already exists.
Status MakeLink(const Root& root, const std::string& destination, const std::string& content);

// For procfs and sysfs: `destination` must be a directory, and its path must not contain any symbolic link,
// with which an image could choose where it is mounted (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642).
// `type` is for the error message.
StatusOr<kernel::Fd> OpenTargetWithoutLinks(const Root& root, const std::string& destination,
                                            const std::string& type);

// Refuses any mount inside the container's /proc, whatever path led there. What is written to /proc later,
// such as an LSM label, must reach the kernel (CVE-2019-16884), and no part of the host's procfs may become
// writable in this way. Some files with information about the machine are allowed, because lxcfs replaces
// them. Mounts inside /sys are allowed, because engines mount several filesystems there.
Status CheckNotInsideProc(const Root& root, int target);

// The same check. In addition, only the root of a procfs may be mounted over /proc itself (`source` is the
// mount that will be attached), and nothing over the root of the container: processes would not see such a
// mount, and so would not get what the config asks for.
Status CheckTarget(const Root& root, int target, int source);

}  // namespace tare::rootfs
