#include "kernel/mountinfo.h"

#include "absl/strings/str_split.h"

namespace tare::kernel {

std::string MountinfoEntry::point() const {
  std::string text;
  for (size_t i = 0; i < escaped_point.size(); ++i) {
    const absl::string_view rest = escaped_point.substr(i);
    if (rest[0] == '\\' && rest.size() > 3) {
      text += static_cast<char>((rest[1] - '0') * 64 + (rest[2] - '0') * 8 + (rest[3] - '0'));
      i += 3;
    } else {
      text += rest[0];
    }
  }
  return text;
}

std::vector<MountinfoEntry> ParseMountinfo(absl::string_view text) {
  std::vector<MountinfoEntry> mounts;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t separator = line.find(" - ");
    if (separator == absl::string_view::npos) continue;
    const std::vector<absl::string_view> mount = absl::StrSplit(line.substr(0, separator), ' ');
    const std::vector<absl::string_view> filesystem = absl::StrSplit(line.substr(separator + 3), ' ');
    if (mount.size() < 6 || filesystem.size() < 3) continue;
    mounts.push_back({.id = mount[0],
                      .root = mount[3],
                      .escaped_point = mount[4],
                      .type = filesystem[0],
                      .filesystem_options = filesystem[2]});
  }
  return mounts;
}

}  // namespace tare::kernel
