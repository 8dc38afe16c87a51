#include "resctrl/mount.h"

#include "kernel/mountinfo.h"
#include "kernel/procfs.h"

namespace tare::resctrl {

StatusOr<std::string> MountPoint() {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(const std::string mountinfo, procfs->Read("self/mountinfo"));
  std::string point = MountPointIn(mountinfo);
  if (point.empty()) return absl::NotFoundError("resctrl is not mounted");
  return point;
}

std::string MountPointIn(absl::string_view mountinfo) {
  for (const kernel::MountinfoEntry& mount : kernel::ParseMountinfo(mountinfo))
    if (mount.type == "resctrl") return mount.point();
  return "";
}

}  // namespace tare::resctrl
