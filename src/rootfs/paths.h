// linux.maskedPaths and linux.readonlyPaths.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::rootfs {

// An empty read-only tmpfs, detached: what hides a directory. `label` is an SELinux label or empty.
StatusOr<kernel::Fd> EmptyDirectory(const std::string& label);

// Hides each path below `root`: a file under the container's /dev/null, verified on its descriptor to be that
// device (CVE-2025-31133); a directory under an empty read-only tmpfs, one instance shared by all. What does
// not exist is skipped, and so is what is masked already: a path may be there twice.
Status MaskPaths(int root, const std::vector<std::string>& paths, const std::string& label);

// Makes each path below `root` read-only, but not what is mounted below it: a volume there stays writable, as
// under runc. What does not exist is skipped, and so is a path that was there before. The mount is cloned
// from and attached to one descriptor, so no swap of a link can redirect it (GHSA-3q8j-pf29-vwv8).
Status ReadonlyPaths(int root, const std::vector<std::string>& paths);

}  // namespace tare::rootfs
