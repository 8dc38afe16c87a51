// linux.maskedPaths and linux.readonlyPaths, and the /dev/null that hides the former.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::rootfs {

// Whether this is the null device.
bool IsNull(const struct stat& st);

// The container's /dev/null (O_PATH), which is checked to be that device (CVE-2025-31133).
StatusOr<kernel::Fd> OpenNull(int root);

// A detached mount of an empty, read-only tmpfs, which can hide a directory. `label`: an SELinux
// label, or empty.
StatusOr<kernel::Fd> EmptyDirectory(const std::string& label);

// Hides each path below `root`. OpenNull() is mounted over a file. An empty read-only tmpfs is mounted over a
// directory; all share one. Paths that do not exist are skipped, and so are those that are masked already,
// because a path may be listed twice.
Status MaskPaths(int root, const std::vector<std::string>& paths, const std::string& label);

// Makes each path below `root` read-only, but not the mounts below it: a volume there stays writable,
// as in runc. Paths that do not exist are skipped, and so are repeated ones. The mount is cloned
// from, and attached to, the same descriptor, so replacing a part of the path by a link cannot
// redirect it (GHSA-3q8j-pf29-vwv8).
Status ReadonlyPaths(int root, const std::vector<std::string>& paths);

}  // namespace tare::rootfs
