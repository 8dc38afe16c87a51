#include "resctrl/mount.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"

namespace tare::resctrl {

StatusOr<std::string> MountPoint() {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(const std::string mountinfo, procfs->Read("self/mountinfo"));
  std::string point = MountPointIn(mountinfo);
  if (point.empty()) return absl::NotFoundError("resctrl is not mounted");
  return point;
}

// "id parent major:minor ROOT POINT options [optional fields] - TYPE source OPTIONS"
std::string MountPointIn(absl::string_view mountinfo) {
  for (absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    const std::vector<absl::string_view> sides = absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    if (sides.size() < 2 || !absl::StartsWith(sides[1], "resctrl ")) continue;
    const std::vector<absl::string_view> fields = absl::StrSplit(sides[0], ' ');
    if (fields.size() > 4) return kernel::UnescapeMountPath(fields[4]);
  }
  return "";
}

}  // namespace tare::resctrl
