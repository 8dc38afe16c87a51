#include "hooks/cni/subnets.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "json/editor.h"

namespace tare::cni {
namespace {

constexpr int kUsualPrefix = 24;
constexpr int kHostBits = 2;  // the fewest that leave two addresses for hosts

// The range from which subnets are chosen ends with 10.255.255.0/24. Podman begins at the same place.
constexpr IpAddress kFirstChoice = {.is_v6 = false, .bytes = {10, 89, 0, 0}};
constexpr int kChoices = (256 - 89) * 256;

void AddSubnet(const json::Editor& config, const std::string& pointer, std::vector<IpNetwork>& subnets) {
  if (const auto text = config.String(absl::StrCat(pointer, "/subnet")))
    if (const auto subnet = ParseNetwork(*text)) subnets.push_back(*subnet);
}

StatusOr<IpNetwork> ParseSubnet(const std::string& text) {
  const std::optional<IpNetwork> subnet = ParseNetwork(text);
  if (!subnet) return InvalidError("subnet \"", text, "\" must be a network, such as 10.1.2.0/24");
  const IpNetwork network{subnet->first(), subnet->prefix};
  if (network != *subnet)
    return InvalidError("subnet \"", text, "\" has bits set after the prefix: use ", network.text());
  if (subnet->address.bits() - subnet->prefix < kHostBits)
    return InvalidError("subnet \"", text, "\" is too small: it needs two addresses for hosts");
  return network;
}

Status CheckGateway(const IpNetwork& subnet, const IpAddress& gateway) {
  if (gateway == subnet.address)
    return InvalidError("gateway ", gateway.text(), " is the address of the subnet itself");
  // The next address of the broadcast address is in the next subnet.
  if (!gateway.is_v6 && !subnet.Contains(Next(gateway)))
    return InvalidError("gateway ", gateway.text(), " is the broadcast address of ", subnet.text());
  return absl::OkStatus();
}

}  // namespace

std::vector<IpNetwork> SubnetsOf(const NetworkList& list) {
  std::vector<IpNetwork> subnets;
  for (const PluginConfig& plugin : list.plugins) {
    const StatusOr<json::Editor> config = json::Editor::Parse(plugin.json, plugin.type);
    if (!config.ok()) continue;
    AddSubnet(*config, "/ipam", subnets);
    for (size_t set = 0; set < config->Size("/ipam/ranges"); ++set) {
      const std::string ranges = absl::StrCat("/ipam/ranges/", set);
      for (size_t range = 0; range < config->Size(ranges); ++range)
        AddSubnet(*config, absl::StrCat(ranges, "/", range), subnets);
    }
  }
  return subnets;
}

StatusOr<IpNetwork> FreeSubnet(const std::vector<UsedSubnet>& used) {
  IpNetwork choice{kFirstChoice, kUsualPrefix};
  for (int i = 0; i < kChoices; ++i, choice.address = Next(choice.address, 256))
    if (CheckFree(choice, used).ok()) return choice;
  return absl::ResourceExhaustedError(
      "no free subnet in 10.89.0.0 to 10.255.255.255; give one with --subnet");
}

StatusOr<std::vector<Subnet>> ParseSubnets(const std::vector<std::string>& subnets,
                                           const std::vector<std::string>& gateways) {
  std::vector<Subnet> parsed;
  for (const std::string& text : subnets) {
    TARE_ASSIGN_OR_RETURN(const IpNetwork network, ParseSubnet(text));
    for (const Subnet& earlier : parsed)
      if (earlier.network.Overlaps(network))
        return InvalidError("the subnets ", earlier.network.text(), " and ", network.text(), " overlap");
    parsed.push_back({network, Next(network.address)});
  }
  for (const std::string& text : gateways) {
    const std::optional<IpAddress> gateway = ParseAddress(text);
    if (!gateway) return InvalidError("gateway \"", text, "\" is not an IP address");
    const auto subnet =
        std::ranges::find_if(parsed, [&](const Subnet& one) { return one.network.Contains(*gateway); });
    if (subnet == parsed.end()) return InvalidError("gateway ", text, " is in no given subnet");
    TARE_RETURN_IF_ERROR(CheckGateway(subnet->network, *gateway));
    subnet->gateway = *gateway;
  }
  return parsed;
}

Status CheckFree(const IpNetwork& subnet, const std::vector<UsedSubnet>& used) {
  for (const UsedSubnet& other : used)
    if (other.subnet.Overlaps(subnet))
      return absl::AlreadyExistsError(absl::StrCat("subnet ", subnet.text(), " overlaps with ",
                                                   other.subnet.text(), ", which is used by ", other.user));
  return absl::OkStatus();
}

}  // namespace tare::cni
