#include "rootfs/mount_options.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace tare::rootfs {
namespace {

enum class Kind {
  kSet,
  kClear,
  kSetAllBelow,
  kClearAllBelow,
  kBind,
  kRecursiveBind,
  kPropagation,
  kRecursivePropagation,
  kRemount,
  kCopyUp,
  kCopySymlink,
  kSourceNoFollow,
  kDestinationNoFollow,
  kIdmap,
  kRecursiveIdmap,
  kNothing,
};

struct Meaning {
  const char* word;
  Kind kind;
  // MS_* of mount(2). For kSetAllBelow and kClearAllBelow, MOUNT_ATTR_* of mount_setattr(2).
  uint64_t value = 0;
};

// See mount(8). In mount_setattr(2), the access time modes are values of one field, MOUNT_ATTR__ATIME, in
// which 0 means relatime. So clearing a mode sets relatime, the kernel's default.
constexpr Meaning kTable[] = {
    {"async", Kind::kClear, MS_SYNCHRONOUS},
    {"atime", Kind::kClear, MS_NOATIME},
    {"bind", Kind::kBind},
    {"copy-symlink", Kind::kCopySymlink},
    {"defaults", Kind::kNothing},
    {"dest-nofollow", Kind::kDestinationNoFollow},
    {"dev", Kind::kClear, MS_NODEV},
    {"diratime", Kind::kClear, MS_NODIRATIME},
    {"dirsync", Kind::kSet, MS_DIRSYNC},
    {"exec", Kind::kClear, MS_NOEXEC},
    {"idmap", Kind::kIdmap},
    {"iversion", Kind::kSet, MS_I_VERSION},
    {"lazytime", Kind::kSet, kLazytime},
    {"loud", Kind::kClear, MS_SILENT},
    {"mand", Kind::kSet, MS_MANDLOCK},
    {"noatime", Kind::kSet, MS_NOATIME},
    {"nodev", Kind::kSet, MS_NODEV},
    {"nodiratime", Kind::kSet, MS_NODIRATIME},
    {"noexec", Kind::kSet, MS_NOEXEC},
    {"noiversion", Kind::kClear, MS_I_VERSION},
    {"nolazytime", Kind::kClear, kLazytime},
    {"nomand", Kind::kClear, MS_MANDLOCK},
    {"norelatime", Kind::kClear, MS_RELATIME},
    {"nostrictatime", Kind::kClear, MS_STRICTATIME},
    {"nosuid", Kind::kSet, MS_NOSUID},
    {"nosymfollow", Kind::kSet, MS_NOSYMFOLLOW},
    {"private", Kind::kPropagation, MS_PRIVATE},
    {"ratime", Kind::kClearAllBelow, MOUNT_ATTR_NOATIME},
    {"rbind", Kind::kRecursiveBind},
    {"rdev", Kind::kClearAllBelow, MOUNT_ATTR_NODEV},
    {"rdiratime", Kind::kClearAllBelow, MOUNT_ATTR_NODIRATIME},
    {"relatime", Kind::kSet, MS_RELATIME},
    {"remount", Kind::kRemount},
    {"rexec", Kind::kClearAllBelow, MOUNT_ATTR_NOEXEC},
    {"ridmap", Kind::kRecursiveIdmap},
    {"rnoatime", Kind::kSetAllBelow, MOUNT_ATTR_NOATIME},
    {"rnodev", Kind::kSetAllBelow, MOUNT_ATTR_NODEV},
    {"rnodiratime", Kind::kSetAllBelow, MOUNT_ATTR_NODIRATIME},
    {"rnoexec", Kind::kSetAllBelow, MOUNT_ATTR_NOEXEC},
    {"rnorelatime", Kind::kNothing},
    {"rnostrictatime", Kind::kClearAllBelow, MOUNT_ATTR_STRICTATIME},
    {"rnosuid", Kind::kSetAllBelow, MOUNT_ATTR_NOSUID},
    {"rnosymfollow", Kind::kSetAllBelow, MOUNT_ATTR_NOSYMFOLLOW},
    {"ro", Kind::kSet, MS_RDONLY},
    {"rprivate", Kind::kRecursivePropagation, MS_PRIVATE},
    {"rrelatime", Kind::kClearAllBelow, MOUNT_ATTR__ATIME},
    {"rro", Kind::kSetAllBelow, MOUNT_ATTR_RDONLY},
    {"rrw", Kind::kClearAllBelow, MOUNT_ATTR_RDONLY},
    {"rshared", Kind::kRecursivePropagation, MS_SHARED},
    {"rslave", Kind::kRecursivePropagation, MS_SLAVE},
    {"rstrictatime", Kind::kSetAllBelow, MOUNT_ATTR_STRICTATIME},
    {"rsuid", Kind::kClearAllBelow, MOUNT_ATTR_NOSUID},
    {"rsymfollow", Kind::kClearAllBelow, MOUNT_ATTR_NOSYMFOLLOW},
    {"runbindable", Kind::kRecursivePropagation, MS_UNBINDABLE},
    {"rw", Kind::kClear, MS_RDONLY},
    {"shared", Kind::kPropagation, MS_SHARED},
    {"silent", Kind::kSet, MS_SILENT},
    {"slave", Kind::kPropagation, MS_SLAVE},
    {"src-nofollow", Kind::kSourceNoFollow},
    {"strictatime", Kind::kSet, MS_STRICTATIME},
    {"suid", Kind::kClear, MS_NOSUID},
    {"symfollow", Kind::kClear, MS_NOSYMFOLLOW},
    {"sync", Kind::kSet, MS_SYNCHRONOUS},
    {"tmpcopyup", Kind::kCopyUp},
    {"unbindable", Kind::kPropagation, MS_UNBINDABLE},
};

constexpr absl::string_view WordOf(const Meaning& meaning) {
  return meaning.word;
}
// Find() depends on it.
static_assert(std::ranges::adjacent_find(kTable, std::ranges::greater_equal(), WordOf) == std::end(kTable),
              "kTable must be sorted by word, without duplicates");

const Meaning* Find(absl::string_view word) {
  const Meaning* found = std::ranges::lower_bound(kTable, word, {}, WordOf);
  return found != std::end(kTable) && found->word == word ? found : nullptr;
}

void SetAttribute(kernel::MountChange& change, uint64_t attribute) {
  // Two access time modes exclude each other; mount_setattr(2) refuses both together (EINVAL).
  change.set |= attribute;
  change.clear &= ~attribute;
}

void ClearAttribute(kernel::MountChange& change, uint64_t attribute) {
  if (attribute == MOUNT_ATTR__ATIME) {  // rrelatime; a mode that is set takes precedence
    change.clear |= attribute;
    return;
  }
  // The access time field can only be cleared as a whole. If another option has already replaced the mode
  // that is to be cleared, there is nothing to do.
  const uint64_t mode = attribute & MOUNT_ATTR__ATIME;
  const uint64_t current = change.set & MOUNT_ATTR__ATIME;
  if (mode != 0 && mode != MOUNT_ATTR__ATIME && current != 0 && current != mode) return;
  if (mode != 0) attribute |= MOUNT_ATTR__ATIME;
  change.set &= ~attribute;
  change.clear |= attribute;
}

void Apply(MountOptions& options, const Meaning& meaning) {
  switch (meaning.kind) {
    case Kind::kSet:
      options.flags |= meaning.value;
      options.cleared_flags &= ~meaning.value;
      break;
    case Kind::kClear:
      options.flags &= ~meaning.value;
      options.cleared_flags |= meaning.value;
      break;
    case Kind::kSetAllBelow:
      SetAttribute(options.recursive_attributes, meaning.value);
      break;
    case Kind::kClearAllBelow:
      ClearAttribute(options.recursive_attributes, meaning.value);
      break;
    case Kind::kBind:
      options.bind = true;
      break;
    case Kind::kRecursiveBind:
      options.bind = true;
      options.bind_recursion = kernel::Recursion::kAllBelow;
      break;
    case Kind::kPropagation:
      options.propagation.push_back({meaning.value, kernel::Recursion::kThisMount});
      break;
    case Kind::kRecursivePropagation:
      options.propagation.push_back({meaning.value, kernel::Recursion::kAllBelow});
      break;
    case Kind::kRemount:
      options.remount = true;
      break;
    case Kind::kCopyUp:
      options.copy_up = true;
      break;
    case Kind::kCopySymlink:
      options.copy_symlink = true;
      break;
    case Kind::kSourceNoFollow:
      options.source_link = kernel::LastLink::kKeep;
      break;
    case Kind::kDestinationNoFollow:
      options.destination_link = kernel::LastLink::kKeep;
      break;
    case Kind::kIdmap:
      options.idmap = Idmap::kThisMount;
      break;
    case Kind::kRecursiveIdmap:
      options.idmap = Idmap::kAllBelow;
      break;
    case Kind::kNothing:
      break;
  }
}

// SELinux's "context", "fscontext", "defcontext" and "rootcontext". Their values may be in quotes, which the
// kernel removes in mount(2), but not in fsconfig(2).
bool IsContext(absl::string_view key) {
  return absl::EndsWith(key, "context");
}

// Where the first option in `text` ends.
size_t EndOfOption(absl::string_view text) {
  const absl::string_view key = text.substr(0, text.find_first_of("=,"));
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"' && IsContext(key)) {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      const bool node = key == "mpol" && i + 1 < text.size() &&
                        absl::ascii_isdigit(static_cast<unsigned char>(text[i + 1]));
      if (!node) return i;
    }
  }
  return text.size();
}

bool HasPropagation(const MountOptions& options, uint64_t kind, kernel::Recursion recursion) {
  return std::ranges::any_of(options.propagation, [&](const Propagation& propagation) {
    return propagation.kind == kind && propagation.recursion == recursion;
  });
}

// Whether an option with this meaning is in force.
bool IsIn(const MountOptions& options, const Meaning& meaning) {
  switch (meaning.kind) {
    case Kind::kSet:
      return (options.flags & meaning.value) != 0;
    case Kind::kClear:
      return (options.cleared_flags & meaning.value) != 0;
    case Kind::kSetAllBelow:
      return (options.recursive_attributes.set & meaning.value) != 0;
    case Kind::kClearAllBelow:
      return (options.recursive_attributes.clear & meaning.value) == meaning.value;
    case Kind::kBind:
      return options.bind && options.bind_recursion == kernel::Recursion::kThisMount;
    case Kind::kRecursiveBind:
      return options.bind && options.bind_recursion == kernel::Recursion::kAllBelow;
    case Kind::kPropagation:
      return HasPropagation(options, meaning.value, kernel::Recursion::kThisMount);
    case Kind::kRecursivePropagation:
      return HasPropagation(options, meaning.value, kernel::Recursion::kAllBelow);
    case Kind::kRemount:
      return options.remount;
    case Kind::kCopyUp:
      return options.copy_up;
    case Kind::kCopySymlink:
      return options.copy_symlink;
    case Kind::kSourceNoFollow:
      return options.source_link == kernel::LastLink::kKeep;
    case Kind::kDestinationNoFollow:
      return options.destination_link == kernel::LastLink::kKeep;
    case Kind::kIdmap:
      return options.idmap == Idmap::kThisMount;
    case Kind::kRecursiveIdmap:
      return options.idmap == Idmap::kAllBelow;
    case Kind::kNothing:
      break;
  }
  return false;
}

// A password for cifs, for example, must not be seen in a log.
std::string WithoutSecret(const std::string& option) {
  const std::string key = SplitDataOption(option).first;
  return absl::StrContains(key, "pass") ? absl::StrCat(key, "=...") : option;
}

}  // namespace

std::vector<std::string> OptionsInWords(const MountOptions& options) {
  std::vector<std::string> words;
  for (const Meaning& meaning : kTable)
    if (IsIn(options, meaning)) words.emplace_back(meaning.word);
  for (const std::string& option : options.data) words.push_back(WithoutSecret(option));
  return words;
}

std::vector<std::string> SplitOptions(absl::string_view text) {
  std::vector<std::string> options;
  while (!text.empty()) {
    const size_t end = EndOfOption(text);
    if (end > 0) options.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return options;
}

MountOptions ParseMountOptions(const std::vector<std::string>& options) {
  MountOptions parsed;
  for (const std::string& text : options) {
    for (std::string& word : SplitOptions(text)) {
      if (const Meaning* meaning = Find(word)) {
        Apply(parsed, *meaning);
      } else {
        parsed.data.push_back(std::move(word));
      }
    }
  }
  return parsed;
}

std::vector<std::string> KnownOptions() {
  std::vector<std::string> words;
  for (const Meaning& meaning : kTable) words.emplace_back(meaning.word);
  return words;
}

StatusOr<Propagation> ParseRootPropagation(const std::string& word) {
  if (word.empty()) return Propagation{MS_SLAVE, kernel::Recursion::kAllBelow};
  const Meaning* meaning = Find(word);
  if (meaning != nullptr && meaning->kind == Kind::kPropagation)
    return Propagation{meaning->value, kernel::Recursion::kThisMount};
  if (meaning != nullptr && meaning->kind == Kind::kRecursivePropagation)
    return Propagation{meaning->value, kernel::Recursion::kAllBelow};
  return InvalidError("/linux/rootfsPropagation: rootfsPropagation=", word, " is not supported");
}

std::pair<std::string, std::string> SplitDataOption(const std::string& option) {
  const size_t equals = option.find('=');
  if (equals == std::string::npos) return {option, ""};
  const std::string key = option.substr(0, equals);
  absl::string_view value = absl::string_view(option).substr(equals + 1);
  if (IsContext(key) && absl::ConsumePrefix(&value, "\"")) value = absl::StripSuffix(value, "\"");
  return {key, std::string(value)};
}

std::vector<Layer> SplitLowerDirs(absl::string_view value) {
  std::vector<Layer> layers = {{"lowerdir+", ""}};
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ':') {
      const bool data = i + 1 < value.size() && value[i + 1] == ':';
      if (data) ++i;
      layers.push_back({data ? "datadir+" : "lowerdir+", ""});
    } else {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      layers.back().path.push_back(value[i]);
    }
  }
  return layers;
}

}  // namespace tare::rootfs
