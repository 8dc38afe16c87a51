#include "edit/mounts.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "edit/mount_words.h"

namespace tare::edit {
namespace {

using Words = std::vector<std::string>;

// "/a/./b/../c/" is "/a/c".
StatusOr<std::string> Destination(absl::string_view path) {
  if (path.empty()) return InvalidError("there is no destination: add dst=PATH");
  if (path.front() != '/')
    return InvalidError("invalid container path \"", path, "\", must be an absolute path");
  std::vector<absl::string_view> parts;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != ".") {
      parts.push_back(part);
    }
  }
  if (parts.empty()) return InvalidError("invalid container path \"", path, "\", must not be /");
  return absl::StrCat("/", absl::StrJoin(parts, "/"));
}

StatusOr<std::string> BindSource(const std::string& path) {
  std::string source = path;
  if (path.front() != '/') {
    std::array<char, PATH_MAX> here{};
    if (getcwd(here.data(), here.size()) == nullptr) return ErrnoError(errno, "getcwd");
    source = absl::StrCat(here.data(), "/", path);
  }
  struct stat status {};
  if (stat(source.c_str(), &status) != 0) return ErrnoError(errno, absl::StrCat("stat(", source, ")"));
  return source;
}

void AddUnless(bool given, absl::string_view word, Words& options) {
  if (!given) options.emplace_back(word);
}

// What Podman adds to the options that were given.
void AddDefaults(Mount& mount) {
  Words& options = mount.options;
  if (mount.type == "devpts") return;
  AddUnless(HasOneOf(options, Group::kAccess), "rw", options);
  AddUnless(HasOneOf(options, Group::kPropagation), "rprivate", options);
  if (mount.type == "bind") {
    AddUnless(HasOneOf(options, Group::kBind), "rbind", options);
    return;
  }
  AddUnless(HasOneOf(options, Group::kSuid), "nosuid", options);
  AddUnless(HasOneOf(options, Group::kDev), "nodev", options);
  if (mount.type != "tmpfs") return;
  const bool given = HasOneOf(options, Group::kCopyUp);
  std::erase(options, "notmpcopyup");  // our word for it is none
  AddUnless(given, "tmpcopyup", options);
}

// The fields of a line of CSV (RFC 4180).
StatusOr<Words> FieldsOf(absl::string_view line) {
  Words fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"' && (quoted || fields.back().empty()))
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  if (quoted) return InvalidError("a double quote is not closed");
  return fields;
}

Status CheckType(absl::string_view type) {
  if (type.empty()) return InvalidError("there is no type: begin with type=bind, type=tmpfs, or another one");
  for (absl::string_view known : {"bind", "tmpfs", "ramfs", "devpts"})
    if (type == known) return absl::OkStatus();
  for (absl::string_view engines : {"volume", "image", "glob", "artifact"})
    if (type == engines) return InvalidError("type=", type, " needs the storage of an engine: use type=bind");
  return InvalidError("invalid filesystem type \"", type, "\"");
}

// A key and its value, "ro" or "src=/srv".
struct Field {
  std::string key;
  std::optional<std::string> value;
};

Field Split(const std::string& text) {
  const size_t end = text.find('=');
  if (end == std::string::npos) return {.key = text};
  return {.key = text.substr(0, end), .value = text.substr(end + 1)};
}

StatusOr<std::string> Needed(const Field& field) {
  if (field.value.value_or("").empty()) return InvalidError(field.key, " needs a value");
  return *field.value;
}

// Whether "ro" or "ro=true" is given, or "ro=false".
StatusOr<bool> IsOn(const Field& field) {
  const std::string value = field.value.value_or("true");
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return InvalidError(field.key, " must be true or false, not \"", value, "\"");
}

StatusOr<std::string> OptionOf(const Field& field, const Mount& mount) {
  TARE_ASSIGN_OR_RETURN(const MountWord word, FindMountWord(field.key, mount.type));
  if (word.takes == Takes::kValue) {
    TARE_ASSIGN_OR_RETURN(const std::string value, Needed(field));
    return absl::StrCat(word.option, value);
  }
  if (word.takes == Takes::kNothing) {
    if (field.value) return InvalidError(field.key, " takes no value");
    return std::string(word.option);
  }
  TARE_ASSIGN_OR_RETURN(const bool is_on, IsOn(field));
  return std::string(is_on ? word.option : word.opposite);
}

Status AddOption(std::string option, Words& options) {
  const Group group = GroupOf(option);
  if (group != Group::kNone && HasOneOf(options, group))
    return InvalidError("\"", option, "\" contradicts or repeats another option");
  options.push_back(std::move(option));
  return absl::OkStatus();
}

Status ReadField(const Field& field, Mount& mount) {
  if (field.key == "type") return absl::OkStatus();
  if (field.key == "src" || field.key == "source") {
    if (mount.type != "bind") return InvalidError(field.key, " is only for type=bind");
    TARE_ASSIGN_OR_RETURN(mount.source, Needed(field));
  } else if (field.key == "dst" || field.key == "target" || field.key == "destination") {
    TARE_ASSIGN_OR_RETURN(mount.destination, Needed(field));
  } else if (field.key == "bind-propagation" && mount.type == "bind") {
    TARE_ASSIGN_OR_RETURN(std::string word, Needed(field));
    if (GroupOf(word) != Group::kPropagation) return InvalidError("invalid bind-propagation \"", word, "\"");
    return AddOption(std::move(word), mount.options);
  } else if (field.key != "consistency") {  // Docker's for macOS; Podman ignores it, too
    TARE_ASSIGN_OR_RETURN(std::string option, OptionOf(field, mount));
    return AddOption(std::move(option), mount.options);
  }
  return absl::OkStatus();
}

StatusOr<Mount> Complete(Mount mount) {
  if (mount.type == "bind" && mount.source.empty()) mount.source = mount.destination;
  TARE_ASSIGN_OR_RETURN(mount.destination, Destination(mount.destination));
  if (mount.type != "bind") {
    mount.source = mount.type;
  } else {
    TARE_ASSIGN_OR_RETURN(mount.source, BindSource(mount.source));
  }
  AddDefaults(mount);
  return mount;
}

StatusOr<Mount> MountOf(absl::string_view text) {
  TARE_ASSIGN_OR_RETURN(const Words fields, FieldsOf(text));
  Mount mount;
  for (const std::string& field : fields)
    if (absl::StartsWith(field, "type=")) mount.type = field.substr(5);
  TARE_RETURN_IF_ERROR(CheckType(mount.type));
  for (const std::string& field : fields) TARE_RETURN_IF_ERROR(ReadField(Split(field), mount));
  return Complete(std::move(mount));
}

StatusOr<Mount> VolumeOf(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty())
    return InvalidError("use SOURCE:DESTINATION[:OPTIONS]");
  if (parts[0].front() != '/' && parts[0].front() != '.')
    return InvalidError("\"", parts[0],
                        "\" is the name of a volume, which needs an engine: use a path that "
                        "begins with / or ./");
  Mount mount{.destination = std::string(parts[1]), .type = "bind", .source = std::string(parts[0])};
  if (parts.size() == 3) {
    for (absl::string_view option : absl::StrSplit(parts[2], ',', absl::SkipEmpty())) {
      TARE_ASSIGN_OR_RETURN(const MountWord word, FindMountWord(option, "bind"));
      if (word.takes == Takes::kValue) return InvalidError("invalid option \"", option, "\"");
      TARE_RETURN_IF_ERROR(AddOption(std::string(word.option), mount.options));
    }
  }
  return Complete(std::move(mount));
}

Status AddMount(Mount mount, std::vector<Mount>& mounts) {
  if (std::ranges::find(mounts, mount.destination, &Mount::destination) != mounts.end())
    return InvalidError(mount.destination, ": duplicate mount destination");
  mounts.push_back(std::move(mount));
  return absl::OkStatus();
}

// Of the config's mount number `index`; empty if it has none that could be compared.
std::string DestinationOf(const json::Editor& config, size_t index) {
  const std::string path = config.String(absl::StrCat("/mounts/", index, "/destination")).value_or("");
  return Destination(path.starts_with('/') ? path : absl::StrCat("/", path)).value_or("");
}

void Insert(const Mount& mount, size_t index, json::Editor& config) {
  config.Insert("/mounts", index, json::Raw{"{}"});
  const std::string pointer = absl::StrCat("/mounts/", index);
  config.Set(pointer + "/destination", mount.destination);
  config.Set(pointer + "/type", mount.type);
  config.Set(pointer + "/source", mount.source);
  if (!mount.options.empty()) config.Set(pointer + "/options", mount.options);
}

}  // namespace

StatusOr<Mount> ParseMount(absl::string_view text) {
  StatusOr<Mount> mount = MountOf(text);
  return mount.ok() ? std::move(mount) : Annotate(mount.status(), "--mount: ", text);
}

StatusOr<Mount> ParseVolume(absl::string_view text) {
  StatusOr<Mount> mount = VolumeOf(text);
  return mount.ok() ? std::move(mount) : Annotate(mount.status(), "--volume: ", text);
}

StatusOr<std::vector<Mount>> ParseMounts(const Words& mounts, const Words& volumes) {
  std::vector<Mount> all;
  for (const std::string& text : mounts) {
    TARE_ASSIGN_OR_RETURN(Mount mount, ParseMount(text));
    TARE_RETURN_IF_ERROR(AddMount(std::move(mount), all), "--mount");
  }
  for (const std::string& text : volumes) {
    TARE_ASSIGN_OR_RETURN(Mount mount, ParseVolume(text));
    TARE_RETURN_IF_ERROR(AddMount(std::move(mount), all), "--volume");
  }
  return all;
}

void SetMount(const Mount& mount, json::Editor& config) {
  const size_t size = config.Size("/mounts");
  size_t place = size;
  for (size_t i = 0; i < size; ++i) {
    const std::string destination = DestinationOf(config, i);
    if (destination == mount.destination) {
      config.Remove(absl::StrCat("/mounts/", i));
      return Insert(mount, i, config);
    }
    if (place == size && destination.starts_with(mount.destination + "/")) place = i;
  }
  Insert(mount, place, config);
}

void AddWritableMounts(json::Editor& config) {
  for (const char* destination : {"/run", "/tmp", "/var/tmp"}) {
    bool is_mounted = false;
    for (size_t i = 0; i < config.Size("/mounts"); ++i) is_mounted |= DestinationOf(config, i) == destination;
    if (is_mounted) continue;
    Mount mount{.destination = destination, .type = "tmpfs", .source = "tmpfs"};
    AddDefaults(mount);
    SetMount(mount, config);
  }
}

}  // namespace tare::edit
