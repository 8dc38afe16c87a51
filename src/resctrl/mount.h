// Finds resctrl, the kernel's file system for shares of caches and memory bandwidth.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::resctrl {

// Its mount point. NotFound: it is not mounted. We never mount it; that is up to the administrator.
StatusOr<std::string> MountPoint();

// The first mount point of resctrl in the text of proc_pid_mountinfo(5), or "".
std::string MountPointIn(absl::string_view mountinfo);

}  // namespace tare::resctrl
