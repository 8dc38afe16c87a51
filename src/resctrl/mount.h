// Where resctrl is, the kernel's file system for shares of caches and memory bandwidth.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::resctrl {

// Its mount point; NotFound: it is not mounted. Mounting it is up to the administrator, never done here.
StatusOr<std::string> MountPoint();

// The same, read from the text of proc_pid_mountinfo(5); the first one counts. "": none.
std::string MountPointIn(absl::string_view mountinfo);

}  // namespace tare::resctrl
