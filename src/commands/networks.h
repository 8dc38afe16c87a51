// network: the networks that containers can be attached to (CNI configuration lists), and what is recorded of
// the containers that are.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/places.h"
#include "hooks/cni/record.h"
#include "hooks/cni/result.h"

namespace tare::commands {

// A container in one network.
struct NetworkMember {
  std::string id;
  std::string root;    // of its runtime; of a container of another runtime the bundle
  bool alive = false;  // init is alive
  cni::Joined joined;  // without addresses if its ADD is not complete
  std::vector<cni::PortMapping> ports;
};

struct NetworkListing {
  cni::NetworkList list;
  std::vector<std::string> subnets;
  std::vector<NetworkMember> members;
};

struct Networks {
  std::vector<NetworkListing> networks;  // in the order of their files
  std::vector<cni::BadList> bad;         // files that cannot be used, and records that cannot be read
};

StatusOr<Networks> ListNetworks(const cni::Places& places);

// The names of the networks, for completion; none if they cannot be listed.
std::vector<std::string> NetworkNames();

// JSON documents: an array of networks, each with its name, file, versions, plugins, subnets and containers.
std::string NetworksDocument(const Networks& networks);

// The document of one network. It also has the list as it is written, and for each plugin its path and the
// versions that it supports, or why it cannot be used; from CNI 1.1.0 on also whether it is ready (STATUS).
// NotFound lists the networks that there are.
StatusOr<std::string> InspectNetwork(const cni::Places& places, const std::string& name);

// Checks what is called `name`, a container of the runtime root `root`, a network, or both: cni::Check() of
// the container; of the network that its plugins are installed and support its version, and, from CNI 1.1.0
// on, that they are ready to attach containers (STATUS). Returns an error for each plugin that is not.
std::vector<Status> CheckNamed(const cni::Places& places, const std::string& root, const std::string& name);

// Removes the list, the bridge and the leases. FailedPrecondition names the containers that are attached.
Status RemoveNetwork(const cni::Places& places, const std::string& name);

// What CollectNetworks() has done: a line for each container that was released, and the errors.
struct Collected {
  std::vector<std::string> released;
  std::vector<Status> errors;
};

// Releases the networks of containers that no longer exist: init has ended, and the container was deleted, or
// its creation was interrupted, or the machine was rebooted. Then calls GC of the plugins of lists of
// CNI 1.1.0 with what is still attached.
StatusOr<Collected> CollectNetworks(const cni::Places& places);

}  // namespace tare::commands
