#include "usernet/interface.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "network/netlink.h"

namespace tare::usernet {
namespace {

using network::Attribute;
using network::Message;
using network::Netlink;

std::string AddressText(int family, absl::string_view bytes) {
  char text[INET6_ADDRSTRLEN];
  if (bytes.size() != (family == AF_INET6 ? 16U : 4U)) return "";
  return inet_ntop(family, bytes.data(), text, sizeof text) == nullptr ? "" : text;
}

std::string MacText(absl::string_view bytes) {
  return absl::StrJoin(bytes, ":", [](std::string* out, char byte) {
    absl::StrAppend(out, absl::Hex(static_cast<unsigned char>(byte), absl::kZeroPad2));
  });
}

absl::string_view Find(const std::vector<Attribute>& attributes, uint16_t type) {
  for (const Attribute& attribute : attributes) {
    if (attribute.type == type) return attribute.value;
  }
  return {};
}

// The index of the first interface that is up, besides the loopback one; 0 if there is none.
int ReadLink(const std::vector<Message>& links, cni::Joined& joined) {
  for (const Message& link : links) {
    const auto fixed = network::FixedPart<ifinfomsg>(link);
    if ((fixed.ifi_flags & IFF_LOOPBACK) != 0 || (fixed.ifi_flags & IFF_UP) == 0) continue;
    const std::vector<Attribute> attributes = network::Attributes(link, sizeof fixed);
    joined.interface = std::string(Find(attributes, IFLA_IFNAME).data());
    joined.mac = MacText(Find(attributes, IFLA_ADDRESS));
    return fixed.ifi_index;
  }
  return 0;
}

void ReadAddresses(const std::vector<Message>& addresses, int index, cni::Joined& joined) {
  for (const Message& address : addresses) {
    const auto fixed = network::FixedPart<ifaddrmsg>(address);
    if (static_cast<int>(fixed.ifa_index) != index || fixed.ifa_scope != RT_SCOPE_UNIVERSE) continue;
    const std::vector<Attribute> attributes = network::Attributes(address, sizeof fixed);
    absl::string_view bytes = Find(attributes, IFA_LOCAL);
    if (bytes.empty()) bytes = Find(attributes, IFA_ADDRESS);
    joined.addresses.push_back(
        absl::StrCat(AddressText(fixed.ifa_family, bytes), "/", static_cast<int>(fixed.ifa_prefixlen)));
  }
}

// Whether there is a default route.
bool ReadGateways(const std::vector<Message>& routes, cni::Joined& joined) {
  bool found = false;
  for (const Message& route : routes) {
    const auto fixed = network::FixedPart<rtmsg>(route);
    if (fixed.rtm_dst_len != 0 || fixed.rtm_table != RT_TABLE_MAIN || fixed.rtm_type != RTN_UNICAST) continue;
    found = true;
    const absl::string_view gateway = Find(network::Attributes(route, sizeof fixed), RTA_GATEWAY);
    if (!gateway.empty()) joined.gateways.push_back(AddressText(fixed.rtm_family, gateway));
  }
  return found;
}

}  // namespace

StatusOr<std::optional<cni::Joined>> ReadyInterface() {
  TARE_ASSIGN_OR_RETURN(Netlink netlink, Netlink::Open());
  TARE_ASSIGN_OR_RETURN(const std::vector<Message> links,
                        netlink.Ask(network::MakeMessage(RTM_GETLINK, ifinfomsg{}), NLM_F_DUMP));
  cni::Joined joined;
  const int index = ReadLink(links, joined);
  if (index == 0) return std::nullopt;
  TARE_ASSIGN_OR_RETURN(const std::vector<Message> addresses,
                        netlink.Ask(network::MakeMessage(RTM_GETADDR, ifaddrmsg{}), NLM_F_DUMP));
  ReadAddresses(addresses, index, joined);
  TARE_ASSIGN_OR_RETURN(const std::vector<Message> routes,
                        netlink.Ask(network::MakeMessage(RTM_GETROUTE, rtmsg{}), NLM_F_DUMP));
  const bool has_route = ReadGateways(routes, joined);
  if (joined.addresses.empty() || !has_route) return std::nullopt;
  return joined;
}

}  // namespace tare::usernet
