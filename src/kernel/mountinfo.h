// The lines of proc_pid_mountinfo(5), one for each mount of a mount namespace.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tare::kernel {

// "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [OPTIONAL FIELDS] - TYPE SOURCE OPTIONS". All views are into the
// text that was parsed.
struct MountinfoEntry {
  absl::string_view id;
  absl::string_view root;           // what of the file system is mounted, escaped
  absl::string_view escaped_point;  // space, tab, newline and backslash are three octal digits
  absl::string_view type;
  absl::string_view filesystem_options;  // of a v1 cgroup: the controllers are among them

  std::string point() const;
};

// Lines that do not have this form are left out.
std::vector<MountinfoEntry> ParseMountinfo(absl::string_view text);

}  // namespace tare::kernel
