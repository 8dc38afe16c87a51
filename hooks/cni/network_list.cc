#include "hooks/cni/network_list.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/suggest.h"
#include "json/editor.h"
#include "kernel/file.h"

namespace tare::cni {
namespace {

constexpr size_t kMostOfList = 1 << 20;  // bytes
constexpr std::array<absl::string_view, 3> kEndings = {".conflist", ".conf", ".json"};

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

StatusOr<PluginConfig> ParsePlugin(const json::Editor& document, const std::string& pointer) {
  const std::optional<json::Raw> json = document.Value(pointer);
  const std::optional<std::string> type = document.String(absl::StrCat(pointer, "/type"));
  if (!json || !type || type->empty())
    return InvalidError(pointer, "/type: must be a string, the name of a plugin");
  // It is searched for in directories, and must not lead out of them.
  if (absl::StrContains(*type, '/') || *type == "." || *type == "..")
    return InvalidError(pointer, "/type: \"", *type, "\" must be the name of a program, without a slash");
  PluginConfig plugin{.type = *type, .json = json->text, .capabilities = {}};
  for (const std::string& name : document.Names(absl::StrCat(pointer, "/capabilities")))
    if (document.Bool(absl::StrCat(pointer, "/capabilities/", json::PointerToken(name))).value_or(false))
      plugin.capabilities.push_back(name);
  return plugin;
}

Status ParsePlugins(const json::Editor& document, NetworkList& list) {
  std::vector<std::string> pointers;
  if (!document.Has("/plugins")) {
    pointers.emplace_back();
  } else {
    for (size_t i = 0; i < document.Size("/plugins"); ++i) pointers.push_back(absl::StrCat("/plugins/", i));
    if (pointers.empty()) return InvalidError("/plugins: must be an array with at least one plugin");
  }
  for (const std::string& pointer : pointers) {
    TARE_ASSIGN_OR_RETURN(PluginConfig plugin, ParsePlugin(document, pointer));
    list.plugins.push_back(std::move(plugin));
  }
  return absl::OkStatus();
}

// Some programs write these booleans as strings, which CNI's library accepts.
bool Flag(const json::Editor& document, absl::string_view pointer) {
  return document.Bool(pointer).value_or(document.String(pointer) == "true");
}

StatusOr<NetworkList> Interpret(const json::Editor& document) {
  NetworkList list;
  list.name = document.String("/name").value_or("");
  if (list.name.empty()) return InvalidError("/name: must be a string, the network's name");
  TARE_RETURN_IF_ERROR(CheckNetworkName(list.name), "/name");
  if (const std::optional<std::string> version = document.String("/cniVersion"))
    list.versions.push_back(*version);
  for (std::string& version : document.Strings("/cniVersions"))
    if (!absl::c_linear_search(list.versions, version)) list.versions.push_back(std::move(version));
  if (list.versions.empty()) return InvalidError("/cniVersion: must be a string, such as \"1.0.0\"");
  list.disable_check = Flag(document, "/disableCheck");
  list.disable_gc = Flag(document, "/disableGC");
  TARE_RETURN_IF_ERROR(ParsePlugins(document, list));
  return list;
}

StatusOr<NetworkList> LoadList(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(const std::string json, kernel::ReadRegular(path, kMostOfList));
  return ParseNetworkList(json, path);
}

std::string NamesOf(const NetworkLists& lists) {
  return absl::StrJoin(lists.lists, ", ",
                       [](std::string* out, const NetworkList& list) { *out += list.name; });
}

}  // namespace

bool PluginConfig::Declares(absl::string_view capability) const {
  return absl::c_linear_search(capabilities, capability);
}

bool NetworkList::Declares(absl::string_view capability) const {
  return std::ranges::any_of(plugins,
                             [&](const PluginConfig& plugin) { return plugin.Declares(capability); });
}

Status CheckNetworkName(absl::string_view name) {
  if (!name.empty() && absl::ascii_isalnum(static_cast<unsigned char>(name[0])) &&
      std::ranges::all_of(name, IsNameCharacter))
    return absl::OkStatus();
  return InvalidError("invalid network name \"", name,
                      "\": it must begin with a letter or digit, and may have only letters, digits, \"_\", "
                      "\".\" and \"-\"");
}

StatusOr<NetworkList> ParseNetworkList(absl::string_view json, const std::string& file) {
  TARE_ASSIGN_OR_RETURN(const json::Editor document, json::Editor::Parse(json, file));
  TARE_ASSIGN_OR_RETURN(NetworkList list, Interpret(document), file);
  list.file = file;
  list.json = std::string(json);
  return list;
}

StatusOr<NetworkLists> LoadNetworkLists(const std::string& directory) {
  NetworkLists found;
  const StatusOr<kernel::Fd> fd = kernel::Open(directory, O_RDONLY | O_DIRECTORY);
  if (ErrnoOf(fd.status()) == ENOENT) return found;
  TARE_RETURN_IF_ERROR(fd.status());
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> names, kernel::ListDirectory(fd->get()), directory);
  std::ranges::sort(names);
  for (const std::string& name : names) {
    const auto ends = [&](absl::string_view ending) { return absl::EndsWith(name, ending); };
    if (std::ranges::none_of(kEndings, ends)) continue;
    const std::string path = absl::StrCat(directory, "/", name);
    StatusOr<NetworkList> list = LoadList(path);
    if (!list.ok()) {
      found.bad.push_back({path, list.status()});
      continue;
    }
    const auto earlier = std::ranges::find(found.lists, list->name, &NetworkList::name);
    if (earlier == found.lists.end())
      found.lists.push_back(*std::move(list));
    else
      found.bad.push_back({path, InvalidError(path, ": the name \"", list->name, "\" is already that of ",
                                              earlier->file, ", which is used")});
  }
  return found;
}

StatusOr<NetworkList> FindNetwork(const NetworkLists& lists, absl::string_view name,
                                  const std::string& directory) {
  const auto found = std::ranges::find(lists.lists, name, &NetworkList::name);
  if (found != lists.lists.end()) return *found;
  std::vector<absl::string_view> names;
  for (const NetworkList& list : lists.lists) names.push_back(list.name);
  const absl::string_view closest = Closest(name, names);
  std::string message = absl::StrCat("network \"", name, "\" not found in ", directory, ": ");
  absl::StrAppend(&message, names.empty() ? "there are no networks" : "there are: ", NamesOf(lists));
  if (!closest.empty()) absl::StrAppend(&message, "; did you mean \"", closest, "\"?");
  for (const BadList& bad : lists.bad) absl::StrAppend(&message, "; not usable: ", bad.why.message());
  return absl::NotFoundError(message);
}

}  // namespace tare::cni
