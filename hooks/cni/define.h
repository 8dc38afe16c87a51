// Creates and removes configuration lists: networks of the plugins bridge, host-local, portmap, firewall and
// bandwidth, in the form that other programs that use CNI read, too.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/places.h"

namespace tare::cni {

struct NewNetwork {
  std::string name;
  std::vector<std::string> subnets = {};   // none: a free one is chosen
  std::vector<std::string> gateways = {};  // each in one of the subnets
  std::string bridge = {};                 // the interface; "": one is chosen
};

// Writes the list to <configs>/90-NAME.conflist and returns its path. The name, the bridge and the subnets
// must not be in use, by another list or on the host.
StatusOr<std::string> CreateNetwork(const Places& places, const NewNetwork& network);

// Removes the list's file, its bridge if nothing is attached to it, and what host-local has left of it. An
// error if an address of the network is leased. That no container of tare is attached is for the caller to
// check.
Status RemoveNetwork(const NetworkList& list);

}  // namespace tare::cni
