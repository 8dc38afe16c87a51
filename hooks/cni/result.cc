#include "hooks/cni/result.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "hooks/cni/address.h"
#include "json/editor.h"
#include "json/reader.h"

namespace tare::cni {
namespace {

struct Interface {
  std::string name;
  std::string mac;
  bool in_container = false;
};

struct Address {
  std::string address;
  std::string gateway;
  std::optional<int> interface;  // an index; nothing: the plugin does not say which
};

struct Result {
  std::vector<Interface> interfaces;
  std::vector<Address> addresses;
  std::vector<Route> routes;
  Dns dns;
};

Interface ReadInterface(json::Value at) {
  return {at["name"].String(), at["mac"].String(), !at["sandbox"].String().empty()};
}

Address ReadAddress(json::Value at) {
  Address address{at.Required("address").String(), at["gateway"].String(),
                  at["interface"].OptionalInteger<int>()};
  if (!ParseNetwork(address.address)) at["address"].Fail("must be an address like \"10.1.2.3/24\"");
  if (!address.gateway.empty() && !ParseAddress(address.gateway)) at["gateway"].Fail("must be an IP address");
  return address;
}

Route ReadRoute(json::Value at) {
  Route route{at.Required("dst").String(), at["gw"].String()};
  if (!ParseNetwork(route.destination)) at["dst"].Fail("must be a network like \"10.1.0.0/16\"");
  if (!route.gateway.empty() && !ParseAddress(route.gateway)) at["gw"].Fail("must be an IP address");
  return route;
}

Dns ReadDns(json::Value at) {
  return {at["nameservers"].Strings(), at["domain"].String(), at["search"].Strings(),
          at["options"].Strings()};
}

Result ReadResult(json::Value at) {
  return {json::List(at["interfaces"], ReadInterface), json::List(at["ips"], ReadAddress),
          json::List(at["routes"], ReadRoute), ReadDns(at["dns"])};
}

// CNI's specification, "Section 2", "Error". Other codes below 100 are reserved, those from 100 on belong to
// the plugin.
constexpr std::array<absl::string_view, 9> kMeanings = {
    "",
    "incompatible CNI version",
    "unsupported field in the network configuration",
    "container unknown or does not exist",
    "invalid environment variables",
    "I/O failure",
    "failed to decode content",
    "invalid network configuration",
    "",
};
constexpr int kTryAgainLater = 11;
constexpr int kNotAvailable = 50;
constexpr int kLimitedConnectivity = 51;

absl::string_view MeaningOf(int64_t code) {
  if (code > 0 && code < static_cast<int64_t>(kMeanings.size())) return kMeanings[static_cast<size_t>(code)];
  if (code == kTryAgainLater) return "try again later";
  if (code == kNotAvailable) return "the plugin is not available";
  if (code == kLimitedConnectivity)
    return "the plugin is not available, and containers have limited connectivity";
  return "";
}

}  // namespace

StatusOr<Joined> ParseResult(absl::string_view json, const std::string& network,
                             const std::string& interface) {
  TARE_ASSIGN_OR_RETURN(const Result result,
                        json::Read(json, "its result", ReadResult, json::Remarks::kDrop));
  Joined joined{.network = network, .interface = interface, .routes = result.routes, .dns = result.dns};
  const auto is_ours = [&](const Interface& one) { return one.in_container && one.name == interface; };
  for (const Interface& one : result.interfaces)
    if (is_ours(one)) joined.mac = one.mac;
  for (const Address& address : result.addresses) {
    if (address.interface) {
      const size_t index = static_cast<size_t>(*address.interface);
      if (*address.interface < 0 || index >= result.interfaces.size())
        return InvalidError("its result: /ips: there is no interface ", *address.interface);
      if (!is_ours(result.interfaces[index])) continue;
    }
    joined.addresses.push_back(address.address);
    if (!address.gateway.empty()) joined.gateways.push_back(address.gateway);
  }
  return joined;
}

std::optional<std::string> ErrorOf(absl::string_view json) {
  const StatusOr<json::Editor> document = json::Editor::Parse(json, "");
  if (!document.ok()) return std::nullopt;
  const int64_t code = document->Integer("/code").value_or(0);
  if (code == 0) return std::nullopt;
  const std::string message = document->String("/msg").value_or("");
  const std::string details = document->String("/details").value_or("");
  const absl::string_view meaning = MeaningOf(code);
  return absl::StrCat(message, message.empty() || details.empty() ? "" : "; ", details,
                      message.empty() && details.empty() ? "" : " ", "(code ", code,
                      meaning.empty() ? "" : ": ", meaning, ")");
}

}  // namespace tare::cni
