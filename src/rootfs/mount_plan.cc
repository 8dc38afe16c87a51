#include "rootfs/mount_plan.h"

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace tare::rootfs {
namespace {

MountKind KindOf(const std::string& type, const MountOptions& options) {
  if (options.remount) return MountKind::kRemount;
  if (options.bind || type == "bind") return MountKind::kBind;
  if (type == "proc") return MountKind::kProc;
  if (type == "sysfs") return MountKind::kSysfs;
  if (type == "mqueue") return MountKind::kMqueue;
  if (type == "tmpfs") return MountKind::kTmpfs;
  if (type == "cgroup" || type == "cgroup2") return MountKind::kCgroup;
  return MountKind::kFilesystem;
}

bool IsDev(const std::string& destination) {
  return destination == "/dev" || destination == "/dev/";
}

void PostponeReadOnly(MountStep& step) {
  const bool filled =
      step.kind == MountKind::kTmpfs || (step.kind == MountKind::kFilesystem && IsDev(step.destination));
  if (!filled || (step.options.flags & MS_RDONLY) == 0) return;
  step.read_only_later = true;
  step.options.flags &= ~static_cast<uint64_t>(MS_RDONLY);
}

std::string BelowRootfs(const std::string& destination, absl::string_view rootfs) {
  absl::string_view rest = destination;
  if (rootfs == "/" || !absl::ConsumePrefix(&rest, rootfs)) return destination;
  if (rest.empty()) return "/";
  return rest.front() == '/' ? std::string(rest) : destination;
}

}  // namespace

std::vector<MountStep> PlanMounts(const std::vector<spec::Mount>& mounts, const std::string& bundle,
                                  const std::string& rootfs) {
  std::vector<MountStep> steps;
  steps.reserve(mounts.size());
  for (size_t i = 0; i < mounts.size(); ++i) {
    const spec::Mount& mount = mounts[i];
    MountStep step;
    step.index = i;
    step.options = ParseMountOptions(mount.options);
    step.kind = KindOf(mount.type, step.options);
    step.destination = BelowRootfs(mount.destination, rootfs);
    step.source = mount.source;
    step.type = mount.type;
    step.uid_mappings = mount.uid_mappings;
    step.gid_mappings = mount.gid_mappings;
    if (step.kind == MountKind::kBind && !absl::StartsWith(step.source, "/"))
      step.source = absl::StrCat(bundle, "/", step.source);
    PostponeReadOnly(step);
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string MountInWords(const MountStep& step) {
  const bool shows_source = !step.source.empty() && step.source != step.type;
  const std::string what = step.kind == MountKind::kBind      ? "bind"
                           : step.kind == MountKind::kRemount ? "remount"
                                                              : step.type;
  std::vector<std::string> words = OptionsInWords(step.options);
  std::erase_if(words, [&](const std::string& word) { return word == what; });
  words.insert(words.begin(), absl::StrCat(what, shows_source ? " " : "", shows_source ? step.source : "",
                                           " on ", step.destination));
  if (step.read_only_later) words.emplace_back("ro (later)");
  return absl::StrJoin(words, ", ");
}

// mount_setattr(2) could map other mounts as well, but no file system is made with ids that are
// not its user's.
Status CheckMountStep(const MountStep& step) {
  if (!step.idmapped() || step.kind == MountKind::kBind) return absl::OkStatus();
  return InvalidError("config.json: /mounts/", step.index, ": only bind mounts can be idmapped");
}

// A bind mount shows a file system that is mounted already: there is nothing that data could configure.
// Engines hand it on from their users all the same.
std::string UnusedData(const MountStep& step) {
  if (step.kind != MountKind::kBind || step.options.data.empty()) return "";
  return absl::StrCat("bind mounts cannot have any filesystem-specific options applied; ignored: ",
                      absl::StrJoin(step.options.data, ","));
}

std::string MountErrorPrefix(const MountStep& step) {
  return absl::StrCat("error mounting \"", step.source, "\" to rootfs at \"", step.destination,
                      "\": /mounts/", step.index);
}

}  // namespace tare::rootfs
