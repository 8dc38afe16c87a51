// The subnets of networks: which a list uses, which are free, what a new one has to look like. Makes no
// system calls.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/address.h"
#include "hooks/cni/network_list.h"

namespace tare::cni {

// A subnet that is in use, and by what, for errors: "network "web"" or "a route of the host".
struct UsedSubnet {
  IpNetwork subnet;
  std::string user;
};

// The subnets that the IPAM sections of the list name ("subnet", "ranges"), as host-local has them.
std::vector<IpNetwork> SubnetsOf(const NetworkList& list);

// The first /24 from 10.89.0.0 on that overlaps with none of `used`.
StatusOr<IpNetwork> FreeSubnet(const std::vector<UsedSubnet>& used);

struct Subnet {
  IpNetwork network;
  IpAddress gateway;
};

// Parses the given subnets and gateways. Each subnet has the gateway that lies in it, or else its first
// address. host-local refuses what this refuses: host bits that are set, and subnets with fewer than two
// addresses for hosts.
StatusOr<std::vector<Subnet>> ParseSubnets(const std::vector<std::string>& subnets,
                                           const std::vector<std::string>& gateways);

// An error that names what uses the subnet, or a part of it.
Status CheckFree(const IpNetwork& subnet, const std::vector<UsedSubnet>& used);

}  // namespace tare::cni
