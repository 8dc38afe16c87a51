#include "commands/networks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hooks/cni/attach.h"
#include "hooks/cni/call.h"
#include "hooks/cni/define.h"
#include "hooks/cni/plan.h"
#include "hooks/cni/record_directory.h"
#include "hooks/cni/subnets.h"
#include "hooks/cni/versions.h"
#include "json/editor.h"
#include "json/writer.h"

namespace tare::commands {
namespace {

NetworkMember MemberOf(const cni::Record& record, const cni::AttachmentRecord& attachment) {
  NetworkMember member{.id = record.id, .root = record.root, .alive = cni::InitIsAlive(record)};
  StatusOr<cni::Joined> joined =
      cni::Joined{.network = attachment.network, .interface = attachment.interface};
  if (!attachment.result.empty())
    joined = cni::ParseResult(attachment.result, attachment.network, attachment.interface);
  if (joined.ok()) member.joined = *std::move(joined);
  // Ports are mapped by one of the networks.
  if (attachment.runtime_config.find("\"portMappings\"") != std::string::npos) member.ports = record.ports;
  return member;
}

Status AddMembers(const cni::Places& places, Networks& networks) {
  TARE_ASSIGN_OR_RETURN(const std::vector<cni::RecordName> names, cni::ListRecords(places));
  for (const cni::RecordName& name : names) {
    const StatusOr<std::optional<cni::Record>> record = cni::Load(places, name.root, name.id);
    if (!record.ok()) networks.bad.push_back({name.id, record.status()});
    if (!record.ok() || !record->has_value()) continue;
    for (const cni::AttachmentRecord& attachment : (*record)->attachments) {
      for (NetworkListing& network : networks.networks)
        if (network.list.name == attachment.network)
          network.members.push_back(MemberOf(**record, attachment));
    }
  }
  return absl::OkStatus();
}

json::Output MemberJson(const NetworkMember& member) {
  json::Output object = {{"id", member.id},
                         {"root", member.root},
                         {"alive", member.alive},
                         {"interface", member.joined.interface},
                         {"addresses", member.joined.addresses}};
  if (!member.joined.mac.empty()) object["mac"] = member.joined.mac;
  for (const cni::PortMapping& port : member.ports) object["ports"].push_back(cni::PortJson(port));
  return object;
}

json::Output NetworkJson(const NetworkListing& network) {
  json::Output plugins = json::Output::array();
  for (const cni::PluginConfig& plugin : network.list.plugins) {
    json::Output object = {{"type", plugin.type}};
    if (!plugin.capabilities.empty()) object["capabilities"] = plugin.capabilities;
    plugins.push_back(std::move(object));
  }
  json::Output containers = json::Output::array();
  for (const NetworkMember& member : network.members) containers.push_back(MemberJson(member));
  return {{"name", network.list.name},  {"file", network.list.file}, {"cniVersions", network.list.versions},
          {"subnets", network.subnets}, {"plugins", plugins},        {"containers", containers}};
}

// CNI has STATUS since this version.
bool HasStatus(absl::string_view version) {
  return cni::IsAtLeast(version, "1.1.0");
}

// Whether the plugin is installed, and what it supports.
void AddAvailability(cni::Caller& caller, const cni::PluginConfig& plugin, json::Output& object) {
  const StatusOr<std::string> path = caller.Find(plugin.type);
  object["installed"] = path.ok();
  if (path.ok()) object["path"] = *path;
  const StatusOr<std::vector<std::string>> versions = caller.Versions(plugin.type);
  if (versions.ok())
    object["versions"] = *versions;
  else
    object["error"] = std::string(versions.status().message());
}

// Asks the plugin whether it is ready to attach containers. Only for version 1.1.0 and later.
Status AskStatus(const cni::Caller& caller, const cni::NetworkList& list, const cni::PluginConfig& plugin,
                 const std::string& version) {
  TARE_ASSIGN_OR_RETURN(const std::string input,
                        cni::PluginInput(plugin, {.network = list.name, .version = version}));
  return caller.Call("STATUS", plugin.type, {}, input).status();
}

void AddReadiness(const cni::Caller& caller, const cni::NetworkList& list, const cni::PluginConfig& plugin,
                  const std::string& version, json::Output& object) {
  const Status status = AskStatus(caller, list, plugin, version);
  object["ready"] = status.ok();
  if (!status.ok()) object["error"] = std::string(status.message());
}

std::vector<Status> CheckNetwork(const cni::Places& places, const cni::NetworkList& list) {
  std::vector<Status> faults;
  cni::Caller caller(places);
  const StatusOr<std::string> version = caller.VersionFor(list);
  if (!version.ok()) return {Annotate(version.status(), "network \"", list.name, "\"")};
  if (!HasStatus(*version)) return {};
  for (const cni::PluginConfig& plugin : list.plugins)
    if (const Status status = AskStatus(caller, list, plugin, *version); !status.ok())
      faults.push_back(Annotate(status, "network \"", list.name, "\""));
  return faults;
}

StatusOr<NetworkListing> FindListing(const cni::Places& places, const std::string& name) {
  TARE_ASSIGN_OR_RETURN(Networks networks, ListNetworks(places));
  for (NetworkListing& network : networks.networks)
    if (network.list.name == name) return std::move(network);
  TARE_ASSIGN_OR_RETURN(const cni::NetworkLists lists, cni::LoadNetworkLists(places.configs));
  return cni::FindNetwork(lists, name, places.configs).status();
}

}  // namespace

StatusOr<Networks> ListNetworks(const cni::Places& places) {
  TARE_ASSIGN_OR_RETURN(cni::NetworkLists lists, cni::LoadNetworkLists(places.configs));
  Networks networks{.networks = {}, .bad = std::move(lists.bad)};
  for (cni::NetworkList& list : lists.lists) {
    NetworkListing network;
    for (const cni::IpNetwork& subnet : cni::SubnetsOf(list)) network.subnets.push_back(subnet.text());
    network.list = std::move(list);
    networks.networks.push_back(std::move(network));
  }
  TARE_RETURN_IF_ERROR(AddMembers(places, networks));
  return networks;
}

std::vector<std::string> NetworkNames() {
  std::vector<std::string> names;
  const StatusOr<cni::Places> places = cni::PlacesOf();
  if (!places.ok()) return names;
  const StatusOr<cni::NetworkLists> lists = cni::LoadNetworkLists(places->configs);
  if (!lists.ok()) return names;
  for (const cni::NetworkList& list : lists->lists) names.push_back(list.name);
  return names;
}

std::string NetworksDocument(const Networks& networks) {
  json::Output list = json::Output::array();
  for (const NetworkListing& network : networks.networks) list.push_back(NetworkJson(network));
  return json::Indented(list, 2);
}

StatusOr<std::string> InspectNetwork(const cni::Places& places, const std::string& name) {
  TARE_ASSIGN_OR_RETURN(const NetworkListing network, FindListing(places, name));
  json::Output document = NetworkJson(network);
  cni::Caller caller(places);
  for (size_t i = 0; i < network.list.plugins.size(); ++i)
    AddAvailability(caller, network.list.plugins[i], document["plugins"][i]);
  const StatusOr<std::string> version = caller.VersionFor(network.list);
  if (version.ok()) document["cniVersion"] = *version;
  for (size_t i = 0; i < network.list.plugins.size(); ++i)
    if (version.ok() && HasStatus(*version))
      AddReadiness(caller, network.list, network.list.plugins[i], *version, document["plugins"][i]);
  // As the last member, and as it is written.
  TARE_ASSIGN_OR_RETURN(json::Editor editor, json::Editor::Parse(json::OneLine(document), name));
  editor.Set("/list", json::Raw{network.list.json});
  return editor.Indented();
}

std::vector<Status> CheckNamed(const cni::Places& places, const std::string& root, const std::string& name) {
  const StatusOr<std::optional<cni::Record>> record = cni::Load(places, root, name);
  const bool is_container = !record.ok() || record->has_value();
  const StatusOr<cni::NetworkLists> lists = cni::LoadNetworkLists(places.configs);
  if (!lists.ok()) return {lists.status()};
  const StatusOr<cni::NetworkList> list = cni::FindNetwork(*lists, name, places.configs);
  if (!is_container && !list.ok())
    return {absl::NotFoundError(absl::StrCat("container \"", name, "\" is not attached to a network, and ",
                                             list.status().message()))};
  std::vector<Status> faults;
  if (list.ok()) faults = CheckNetwork(places, *list);
  if (!is_container) return faults;
  if (const Status status = cni::Check(places, root, name); !status.ok()) faults.push_back(status);
  return faults;
}

Status RemoveNetwork(const cni::Places& places, const std::string& name) {
  TARE_ASSIGN_OR_RETURN(const NetworkListing network, FindListing(places, name));
  if (!network.members.empty())
    return absl::FailedPreconditionError(
        absl::StrCat("network \"", name, "\" is in use by ",
                     absl::StrJoin(network.members, ", ", [](std::string* out, const NetworkMember& member) {
                       absl::StrAppend(out, member.id, member.alive ? "" : " (which has ended)");
                     })));
  return cni::RemoveNetwork(network.list);
}

}  // namespace tare::commands
