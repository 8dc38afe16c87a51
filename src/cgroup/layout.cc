#include "cgroup/layout.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cgroup/path.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"

namespace tare::cgroup {
namespace {

struct CgroupMount {
  bool unified = false;
  absl::string_view root;
  std::string point;
  std::vector<absl::string_view> options;  // of the superblock: the controllers are among them
};

// proc_pid_mountinfo(5): "id parent major:minor ROOT POINT options [optional fields] - TYPE source OPTIONS"
std::optional<CgroupMount> ParseMount(absl::string_view line) {
  const size_t separator = line.find(" - cgroup");
  if (separator == absl::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> front = absl::StrSplit(line.substr(0, separator), ' ');
  const std::vector<absl::string_view> back = absl::StrSplit(line.substr(separator + 3), ' ');
  if (front.size() < 6 || back.size() < 3 || (back[0] != "cgroup" && back[0] != "cgroup2"))
    return std::nullopt;
  return CgroupMount{.unified = back[0] == "cgroup2",
                     .root = front[3],
                     .point = kernel::UnescapeMountPath(front[4]),
                     .options = absl::StrSplit(back[2], ',')};
}

std::vector<CgroupMount> ParseMounts(absl::string_view mountinfo) {
  std::vector<CgroupMount> mounts;
  for (absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    if (auto mount = ParseMount(line)) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

// The hierarchy of one line "ID:CONTROLLERS:PATH" of /proc/PID/cgroup (cgroups(7)), if it is mounted.
std::optional<MountedHierarchy> Find(const std::vector<CgroupMount>& mounts, absl::string_view line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
  if (fields.size() < 3) return std::nullopt;
  const bool unified = fields[1].empty();
  const std::vector<std::string> controllers = absl::StrSplit(fields[1], ',', absl::SkipEmpty());
  for (const CgroupMount& mount : mounts) {
    if (mount.unified != unified) continue;
    if (!unified && std::ranges::find(mount.options, controllers[0]) == mount.options.end()) continue;
    return MountedHierarchy{controllers, mount.point, BelowRoot(fields[2], mount.root)};
  }
  return std::nullopt;
}

// A whole hierarchy mounted at `path`: kernfs gives its root the inode number 1, and no other directory.
bool ShowsWholeHierarchy(const std::string& path, int64_t type) {
  struct statfs fs {};
  struct stat st {};
  return statfs(path.c_str(), &fs) == 0 && fs.f_type == type && stat(path.c_str(), &st) == 0 &&
         st.st_ino == 1;
}

std::string BesidePlace() {
  return absl::StrCat(kUsualPlace, "/unified");
}

// The hierarchies where every distribution has them ("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/systemd"),
// or nothing if a single one is not there. Looking costs two system calls each, however many mounts the
// machine has; mountinfo grows with them, to a millisecond where a hundred containers run.
std::optional<Layout> AtUsualPlaces(absl::string_view cgroup) {
  Layout layout;
  for (absl::string_view line : absl::StrSplit(cgroup, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() < 3) return std::nullopt;
    if (fields[1].empty()) {
      if (std::string beside = UnifiedBeside(); !beside.empty())
        layout.beside = {.controllers = {}, .mount_point = std::move(beside), .own = Clean(fields[2])};
      continue;
    }
    const std::string path = absl::StrCat(kUsualPlace, "/", absl::StripPrefix(fields[1], "name="));
    if (!ShowsWholeHierarchy(path, CGROUP_SUPER_MAGIC)) return std::nullopt;
    layout.hierarchies.push_back({absl::StrSplit(fields[1], ','), path, Clean(fields[2])});
  }
  if (layout.hierarchies.empty()) return std::nullopt;
  return layout;
}

}  // namespace

StatusOr<Layout> ParseLayout(absl::string_view mountinfo, absl::string_view cgroup) {
  const std::vector<CgroupMount> mounts = ParseMounts(mountinfo);
  Layout layout;
  std::optional<MountedHierarchy> v2;
  for (absl::string_view line : absl::StrSplit(cgroup, '\n', absl::SkipEmpty())) {
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
  } else if (v2 && v2->mount_point == BesidePlace()) {
    layout.beside = std::move(v2);
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

std::string UnifiedBeside() {
  std::string path = BesidePlace();
  return ShowsWholeHierarchy(path, CGROUP2_SUPER_MAGIC) ? path : "";
}

bool UnifiedAtUsualPlace() {
  struct statfs fs {};
  return statfs(kUsualPlace, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace tare::cgroup
