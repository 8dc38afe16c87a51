#include "hooks/cni/define.h"

#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hooks/cni/host.h"
#include "hooks/cni/plan.h"
#include "hooks/cni/subnets.h"
#include "json/editor.h"
#include "json/writer.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"

namespace tare::cni {
namespace {

// containerd and CRI-O use the first list of the directory for pods, so ours come late.
constexpr char kOrder[] = "90";
constexpr char kLeases[] = "/var/lib/cni/networks";  // host-local's, if the list has no dataDir

// Debian's plugins read this version, and so do podman and nerdctl.
constexpr char kListVersion[] = "1.0.0";

// What --network of `tare run` (connect/networks.cc) and of Podman takes for something else.
constexpr absl::string_view kOtherMeanings[] = {"container", "host",    "none",       "ns",
                                                "pasta",     "private", "slirp4netns"};

Status CheckNewName(absl::string_view name) {
  TARE_RETURN_IF_ERROR(CheckNetworkName(name));
  if (std::ranges::find(kOtherMeanings, name) == std::end(kOtherMeanings)) return absl::OkStatus();
  return InvalidError("invalid network name \"", name, "\": --network ", name, " has another meaning");
}

json::Output IpamJson(const std::vector<Subnet>& subnets) {
  json::Output ranges = json::Output::array();
  json::Output routes = json::Output::array();
  bool has_route[2] = {};
  for (const Subnet& subnet : subnets) {
    const bool is_v6 = subnet.network.address.is_v6;
    // Without the ends of the range: if they are given, host-local also leases the addresses of the network
    // and of broadcast.
    ranges.push_back(
        json::Output::array({{{"subnet", subnet.network.text()}, {"gateway", subnet.gateway.text()}}}));
    if (!std::exchange(has_route[is_v6], true)) routes.push_back({{"dst", is_v6 ? "::/0" : "0.0.0.0/0"}});
  }
  return {{"type", "host-local"}, {"ranges", ranges}, {"routes", routes}};
}

std::string ListJson(const std::string& name, const std::string& bridge, const std::vector<Subnet>& subnets) {
  json::Output plugins = json::Output::array();
  plugins.push_back({{"type", "bridge"},
                     {"bridge", bridge},
                     {"isGateway", true},
                     {"ipMasq", true},
                     {"hairpinMode", true},
                     {"capabilities", {{"ips", true}, {"mac", true}}},
                     {"ipam", IpamJson(subnets)}});
  plugins.push_back({{"type", "portmap"}, {"capabilities", {{"portMappings", true}}}});
  plugins.push_back({{"type", "firewall"}});
  plugins.push_back({{"type", "bandwidth"}, {"capabilities", {{"bandwidth", true}}}});
  return json::Indented({{"cniVersion", kListVersion}, {"name", name}, {"plugins", plugins}}, 2);
}

std::vector<std::string> BridgesOf(const NetworkList& list) {
  std::vector<std::string> bridges;
  for (const PluginConfig& plugin : list.plugins) {
    const StatusOr<json::Editor> config = json::Editor::Parse(plugin.json, plugin.type);
    if (!config.ok() || plugin.type != "bridge") continue;
    bridges.push_back(config->String("/bridge").value_or("cni0"));  // the plugin's own default
  }
  return bridges;
}

std::string UserOfBridge(const std::string& bridge, const NetworkLists& known) {
  for (const NetworkList& list : known.lists)
    if (std::ranges::count(BridgesOf(list), bridge) != 0) return absl::StrCat("network \"", list.name, "\"");
  return InterfaceExists(bridge) ? "an interface of the host" : "";
}

StatusOr<std::string> ChooseBridge(const NewNetwork& network, const NetworkLists& known) {
  if (!network.bridge.empty()) {
    TARE_RETURN_IF_ERROR(CheckInterfaceName(network.bridge));
    const std::string user = UserOfBridge(network.bridge, known);
    if (user.empty()) return network.bridge;
    return absl::AlreadyExistsError(
        absl::StrCat("the interface name \"", network.bridge, "\" is already used by ", user));
  }
  std::string bridge = absl::StrCat("cni-", network.name);
  for (int number = 0; bridge.size() >= IFNAMSIZ || !UserOfBridge(bridge, known).empty(); ++number)
    bridge = absl::StrCat("cni-tare", number);
  return bridge;
}

StatusOr<std::vector<Subnet>> ChooseSubnets(const NewNetwork& network, const NetworkLists& known) {
  std::vector<UsedSubnet> used;
  for (const NetworkList& list : known.lists)
    for (const IpNetwork& subnet : SubnetsOf(list))
      used.push_back({subnet, absl::StrCat("network \"", list.name, "\"")});
  TARE_ASSIGN_OR_RETURN(const std::vector<IpNetwork> routes, RoutesOfHost());
  for (const IpNetwork& route : routes) used.push_back({route, "a route of the host"});
  std::vector<std::string> subnets = network.subnets;
  if (subnets.empty()) {
    TARE_ASSIGN_OR_RETURN(const IpNetwork free, FreeSubnet(used));
    subnets.push_back(free.text());
  }
  TARE_ASSIGN_OR_RETURN(std::vector<Subnet> parsed, ParseSubnets(subnets, network.gateways));
  for (const Subnet& subnet : parsed) TARE_RETURN_IF_ERROR(CheckFree(subnet.network, used));
  return parsed;
}

// Readers see the whole file or none, and an existing file is not replaced.
Status WriteNew(int directory, const std::string& name, const std::string& text, const std::string& path) {
  const std::string draft = absl::StrCat(".", name, ".new");
  TARE_RETURN_IF_ERROR(kernel::ReplaceFile(directory, draft, text, 0644), path);
  const int error = linkat(directory, draft.c_str(), directory, name.c_str(), 0) == 0 ? 0 : errno;
  unlinkat(directory, draft.c_str(), 0);
  if (error == EEXIST) return absl::AlreadyExistsError(absl::StrCat(path, " already exists"));
  return error == 0 ? absl::OkStatus() : ErrnoError(error, absl::StrCat("link(", path, ")"));
}

// The files of host-local's directory that are not leases: the address that was leased last, and its lock.
bool IsLease(const std::string& name) {
  return !absl::StartsWith(name, "last_reserved_ip.") && name != "lock";
}

std::string LeasesOf(const NetworkList& list) {
  for (const PluginConfig& plugin : list.plugins) {
    const StatusOr<json::Editor> config = json::Editor::Parse(plugin.json, plugin.type);
    if (config.ok() && config->String("/ipam/type") == "host-local")
      return absl::StrCat(config->String("/ipam/dataDir").value_or(kLeases), "/", list.name);
  }
  return "";
}

Status RemoveLeases(const NetworkList& list) {
  const std::string path = LeasesOf(list);
  const StatusOr<kernel::Fd> directory = kernel::Open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory.ok()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, kernel::ListDirectory(directory->get()), path);
  for (const std::string& name : names)
    if (IsLease(name))
      return absl::FailedPreconditionError(absl::StrCat("network \"", list.name, "\" is in use: the address ",
                                                        name, " is leased, see ", path, "/", name));
  TARE_RETURN_IF_ERROR(kernel::EmptyDirectory(directory->get()), path);
  rmdir(path.c_str());
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::string> CreateNetwork(const Places& places, const NewNetwork& network) {
  TARE_RETURN_IF_ERROR(CheckNewName(network.name));
  TARE_RETURN_IF_ERROR(ParseSubnets(network.subnets, network.gateways).status());
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(places.configs, 0755));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd directory, kernel::Open(places.configs, O_RDONLY | O_DIRECTORY));
  // Two that are created at one time must not choose the same subnet.
  TARE_RETURN_IF_ERROR(kernel::LockFile(directory.get(), places.configs));
  TARE_ASSIGN_OR_RETURN(const NetworkLists known, LoadNetworkLists(places.configs));
  const auto same = std::ranges::find(known.lists, network.name, &NetworkList::name);
  if (same != known.lists.end())
    return absl::AlreadyExistsError(
        absl::StrCat("network \"", network.name, "\" already exists: ", same->file));
  TARE_ASSIGN_OR_RETURN(const std::string bridge, ChooseBridge(network, known));
  TARE_ASSIGN_OR_RETURN(const std::vector<Subnet> subnets, ChooseSubnets(network, known));
  const std::string name = absl::StrCat(kOrder, "-", network.name, ".conflist");
  const std::string path = absl::StrCat(places.configs, "/", name);
  TARE_RETURN_IF_ERROR(WriteNew(directory.get(), name, ListJson(network.name, bridge, subnets), path));
  return path;
}

Status RemoveNetwork(const NetworkList& list) {
  TARE_RETURN_IF_ERROR(RemoveLeases(list));
  if (unlink(list.file.c_str()) != 0) return ErrnoError(errno, absl::StrCat("unlink(", list.file, ")"));
  for (const std::string& bridge : BridgesOf(list)) TARE_RETURN_IF_ERROR(DeleteUnusedBridge(bridge).status());
  return absl::OkStatus();
}

}  // namespace tare::cni
