#include "cgroup/layout.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cgroup/path.h"
#include "kernel/mountinfo.h"
#include "kernel/procfs.h"

namespace tare::cgroup {
namespace {

bool Shows(const kernel::MountinfoEntry& mount, const std::vector<std::string>& controllers) {
  if (controllers.empty()) return mount.type == "cgroup2";
  const std::vector<absl::string_view> options = absl::StrSplit(mount.filesystem_options, ',');
  return mount.type == "cgroup" && std::ranges::find(options, controllers[0]) != options.end();
}

// The hierarchy that a line of /proc/PID/cgroup names, if it is mounted.
std::optional<MountedHierarchy> Find(const std::vector<kernel::MountinfoEntry>& mounts,
                                     const CgroupLine& line) {
  const std::vector<std::string> controllers = absl::StrSplit(line.controllers, ',', absl::SkipEmpty());
  const auto mount =
      std::ranges::find_if(mounts, [&](const auto& candidate) { return Shows(candidate, controllers); });
  if (mount == mounts.end()) return std::nullopt;
  return MountedHierarchy{controllers, mount->point(), BelowRoot(line.path, mount->root)};
}

// True if a whole v1 hierarchy is mounted at `path`: only its root has this file (cgroup1_base_files[]).
bool ShowsWholeHierarchy(const std::string& path) {
  return access(absl::StrCat(path, "/cgroup.sane_behavior").c_str(), F_OK) == 0;
}

bool IsCgroup2Root(const std::string& path) {
  struct statfs fs {};
  struct stat st {};
  return statfs(path.c_str(), &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC && stat(path.c_str(), &st) == 0 &&
         st.st_ino == 1;  // in kernfs only the root has this number
}

std::string HybridPlace() {
  return absl::StrCat(kUsualPlace, "/unified");
}

// The layout if all hierarchies are where every distribution mounts them ("/sys/fs/cgroup/cpu,cpuacct",
// "/sys/fs/cgroup/systemd"; v2: "/sys/fs/cgroup"), otherwise nothing. This takes one or two system calls for
// each, whereas mountinfo grows with the number of mounts: reading it takes a millisecond where a hundred
// containers run.
std::optional<Layout> AtUsualPlaces(absl::string_view cgroup) {
  Layout layout;
  const std::vector<CgroupLine> lines = ParseCgroup(cgroup);
  if (lines.size() == 1 && lines[0].controllers.empty() && IsCgroup2Root(kUsualPlace)) {
    layout.unified = true;
    layout.hierarchies.push_back(
        {.controllers = {}, .mount_point = kUsualPlace, .own = BelowRoot(lines[0].path, "/")});
    return layout;
  }
  for (const CgroupLine& line : lines) {
    if (line.controllers.empty()) {
      if (std::string hybrid = HybridMountPoint(); !hybrid.empty())
        layout.hybrid = {.controllers = {}, .mount_point = std::move(hybrid), .own = Clean(line.path)};
      continue;
    }
    const std::string path = absl::StrCat(kUsualPlace, "/", absl::StripPrefix(line.controllers, "name="));
    if (!ShowsWholeHierarchy(path)) return std::nullopt;
    layout.hierarchies.push_back({absl::StrSplit(line.controllers, ','), path, Clean(line.path)});
  }
  if (layout.hierarchies.empty()) return std::nullopt;
  return layout;
}

}  // namespace

std::vector<CgroupLine> ParseCgroup(absl::string_view text) {
  std::vector<CgroupLine> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() == 3) lines.push_back({.controllers = fields[1], .path = fields[2]});
  }
  return lines;
}

StatusOr<Layout> ParseLayout(absl::string_view mountinfo, absl::string_view cgroup) {
  const std::vector<kernel::MountinfoEntry> mounts = kernel::ParseMountinfo(mountinfo);
  Layout layout;
  std::optional<MountedHierarchy> v2;
  for (const CgroupLine& line : ParseCgroup(cgroup)) {
    std::optional<MountedHierarchy> found = Find(mounts, line);
    if (!found) continue;
    if (found->controllers.empty())
      v2 = std::move(found);
    else
      layout.hierarchies.push_back(*std::move(found));
  }
  if (layout.hierarchies.empty() && v2) {
    layout.unified = true;
    layout.hierarchies.push_back(*std::move(v2));
  } else if (v2 && v2->mount_point == HybridPlace()) {
    layout.hybrid = std::move(v2);
  }
  if (layout.hierarchies.empty())
    return absl::FailedPreconditionError("no cgroup hierarchy is mounted (see /proc/self/mountinfo)");
  return layout;
}

StatusOr<Layout> ReadLayout(const std::string& process) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(const std::string cgroup, procfs->Read(absl::StrCat(process, "/cgroup")));
  if (std::optional<Layout> layout = AtUsualPlaces(cgroup)) return *std::move(layout);
  TARE_ASSIGN_OR_RETURN(const std::string mountinfo, procfs->Read("self/mountinfo"));
  return ParseLayout(mountinfo, cgroup);
}

std::string HybridMountPoint() {
  std::string path = HybridPlace();
  return IsCgroup2Root(path) ? path : "";
}

bool UnifiedAtUsualPlace() {
  struct statfs fs {};
  return statfs(kUsualPlace, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace tare::cgroup
