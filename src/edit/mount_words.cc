#include "edit/mount_words.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace tare::edit {
namespace {

constexpr MountWord kWords[] = {
    {"ro", "ro", Takes::kSwitch, "rw"},
    {"readonly", "ro", Takes::kSwitch, "rw"},
    {"rw", "rw", Takes::kSwitch, "ro"},
    {"suid", "suid", Takes::kSwitch, "nosuid"},
    {"nosuid", "nosuid", Takes::kSwitch, "suid"},
    {"dev", "dev", Takes::kSwitch, "nodev"},
    {"nodev", "nodev", Takes::kSwitch, "dev"},
    {"exec", "exec", Takes::kSwitch, "noexec"},
    {"noexec", "noexec", Takes::kSwitch, "exec"},
    {"shared", "shared"},
    {"rshared", "rshared"},
    {"private", "private"},
    {"rprivate", "rprivate"},
    {"slave", "slave"},
    {"rslave", "rslave"},
    {"unbindable", "unbindable"},
    {"runbindable", "runbindable"},
    {"bind", "bind", Takes::kNothing, {}, "bind"},
    {"rbind", "rbind", Takes::kNothing, {}, "bind"},
    {"bind-nonrecursive", "bind", Takes::kSwitch, "rbind", "bind"},
    {"tmpfs-size", "size=", Takes::kValue, {}, "tmpfs"},
    {"tmpfs-mode", "mode=", Takes::kValue, {}, "tmpfs ramfs"},
    {"size", "size=", Takes::kValue, {}, "tmpfs"},
    {"mode", "mode=", Takes::kValue, {}, "tmpfs ramfs devpts"},
    {"tmpcopyup", "tmpcopyup", Takes::kNothing, {}, "tmpfs"},
    {"notmpcopyup", "notmpcopyup", Takes::kNothing, {}, "tmpfs"},
    {"uid", "uid=", Takes::kValue, {}, "devpts"},
    {"gid", "gid=", Takes::kValue, {}, "devpts"},
    {"max", "max=", Takes::kValue, {}, "devpts"},
};

struct Refusal {
  absl::string_view word;
  absl::string_view why;
};

constexpr absl::string_view kNoLabels = "files are not relabelled: use chcon(1)";
constexpr absl::string_view kNoChown =
    "the owner of files is not changed: use chown(1), or map IDs in config.json";

constexpr Refusal kRefusals[] = {
    {"z", kNoLabels},
    {"Z", kNoLabels},
    {"relabel", kNoLabels},
    {"U", kNoChown},
    {"chown", kNoChown},
    {"O", "it needs the storage of an engine: mount an overlay in config.json"},
    {"idmap", "it needs the mappings of a user namespace: write the mount into config.json"},
    {"volume-opt", "it is an option of volumes, which need an engine"},
    {"subpath", "it is an option of volumes, which need an engine"},
};

bool IsFor(const MountWord& word, absl::string_view type) {
  return word.types.empty() ? type != "devpts" : absl::StrContains(word.types, type);
}

struct Member {
  absl::string_view option;
  Group group;
};

constexpr Member kMembers[] = {
    {"ro", Group::kAccess},
    {"rw", Group::kAccess},
    {"shared", Group::kPropagation},
    {"rshared", Group::kPropagation},
    {"private", Group::kPropagation},
    {"rprivate", Group::kPropagation},
    {"slave", Group::kPropagation},
    {"rslave", Group::kPropagation},
    {"unbindable", Group::kPropagation},
    {"runbindable", Group::kPropagation},
    {"bind", Group::kBind},
    {"rbind", Group::kBind},
    {"suid", Group::kSuid},
    {"nosuid", Group::kSuid},
    {"dev", Group::kDev},
    {"nodev", Group::kDev},
    {"exec", Group::kExec},
    {"noexec", Group::kExec},
    {"tmpcopyup", Group::kCopyUp},
    {"notmpcopyup", Group::kCopyUp},
};

}  // namespace

StatusOr<MountWord> FindMountWord(absl::string_view word, absl::string_view type) {
  for (const MountWord& known : kWords)
    if (known.word == word && IsFor(known, type)) return known;
  for (const Refusal& refusal : kRefusals)
    if (refusal.word == word) return InvalidError("\"", word, "\" is not supported: ", refusal.why);
  return InvalidError("\"", word, "\": invalid mount option");
}

Group GroupOf(absl::string_view option) {
  const auto* found = std::ranges::find(kMembers, option, &Member::option);
  return found == std::end(kMembers) ? Group::kNone : found->group;
}

bool HasOneOf(const std::vector<std::string>& options, Group group) {
  return std::ranges::any_of(options, [=](const std::string& option) { return GroupOf(option) == group; });
}

}  // namespace tare::edit
