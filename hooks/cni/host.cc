#include "hooks/cni/host.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "kernel/file.h"
#include "network/netlink.h"

namespace tare::cni {
namespace {

// sysfs shows the interfaces of the namespace in which it was mounted, which may be another one; so ports are
// asked for by rtnetlink.
StatusOr<bool> HasPorts(network::Netlink& netlink, unsigned bridge) {
  const ifinfomsg all{.ifi_family = AF_UNSPEC};
  TARE_ASSIGN_OR_RETURN(const std::vector<network::Message> links,
                        netlink.Ask(network::MakeMessage(RTM_GETLINK, all), NLM_F_DUMP));
  for (const network::Message& link : links) {
    for (const network::Attribute& attribute : network::Attributes(link, sizeof(ifinfomsg))) {
      uint32_t master = 0;
      if (attribute.type != IFLA_MASTER || attribute.value.size() != sizeof master) continue;
      std::memcpy(&master, attribute.value.data(), sizeof master);
      if (master == bridge) return true;
    }
  }
  return false;
}

StatusOr<bool> IsBridge(network::Netlink& netlink, unsigned index) {
  const ifinfomsg one{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(index)};
  TARE_ASSIGN_OR_RETURN(const std::vector<network::Message> links,
                        netlink.Ask(network::MakeMessage(RTM_GETLINK, one)));
  for (const network::Message& link : links) {
    for (const network::Attribute& attribute : network::Attributes(link, sizeof(ifinfomsg))) {
      if (attribute.type != IFLA_LINKINFO) continue;
      // Nested attributes: those of a message without a fixed part.
      const network::Message nested{0, std::string(attribute.value)};
      for (const network::Attribute& info : network::Attributes(nested, 0))
        if (info.type == IFLA_INFO_KIND && std::strncmp(info.value.data(), "bridge", info.value.size()) == 0)
          return true;
    }
  }
  return false;
}

}  // namespace

StatusOr<std::vector<IpNetwork>> RoutesOfHost() {
  TARE_ASSIGN_OR_RETURN(network::Netlink netlink, network::Netlink::Open());
  std::vector<IpNetwork> routes;
  const rtmsg all{.rtm_family = AF_UNSPEC};
  TARE_ASSIGN_OR_RETURN(const std::vector<network::Message> messages,
                        netlink.Ask(network::MakeMessage(RTM_GETROUTE, all), NLM_F_DUMP));
  for (const network::Message& message : messages) {
    const auto route = network::FixedPart<rtmsg>(message);
    if (route.rtm_family != AF_INET && route.rtm_family != AF_INET6) continue;
    IpNetwork destination{.address = {.is_v6 = route.rtm_family == AF_INET6}, .prefix = route.rtm_dst_len};
    if (destination.prefix == 0 || destination.prefix == destination.address.bits()) continue;
    for (const network::Attribute& attribute : network::Attributes(message, sizeof route))
      if (attribute.type == RTA_DST)
        std::copy_n(attribute.value.begin(), std::min<size_t>(attribute.value.size(), 16),
                    destination.address.bytes.begin());
    routes.push_back(destination);
  }
  return routes;
}

bool InterfaceExists(const std::string& name) {
  return if_nametoindex(name.c_str()) != 0;
}

StatusOr<bool> DeleteUnusedBridge(const std::string& name) {
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) return false;
  TARE_ASSIGN_OR_RETURN(network::Netlink netlink, network::Netlink::Open());
  TARE_ASSIGN_OR_RETURN(const bool is_bridge, IsBridge(netlink, index));
  if (!is_bridge) return false;
  TARE_ASSIGN_OR_RETURN(const bool has_ports, HasPorts(netlink, index));
  if (has_ports) return false;
  const ifinfomsg one{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(index)};
  TARE_RETURN_IF_ERROR(netlink.Ask(network::MakeMessage(RTM_DELLINK, one)).status(), "deleting the bridge ",
                       name);
  return true;
}

}  // namespace tare::cni
