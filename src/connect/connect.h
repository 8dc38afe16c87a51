// Connects a container to its networks and disconnects it again, and keeps its /etc/hosts, /etc/resolv.conf
// and /etc/hostname, which are files in its directory.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "connect/config.h"
#include "connect/networks.h"
#include "container/record.h"
#include "container/store.h"
#include "spec/config.h"
#include "usernet/usernet.h"

namespace tare::connect {

// Makes the files, still empty, before they are mounted. They belong to the root of the container.
Status MakeFiles(const container::Directory& directory, const Files& files, const spec::Linux& platform);

// What is known of the networks before the container is connected: their names.
std::vector<container::Network> PlannedNetworks(const Networks& networks);

// The annotation by which hooks learn the addresses, separated by commas: "10.1.2.3/24,fd00::3/64".
inline constexpr char kAddresses[] = "org.tare.network.addresses";

struct Connection {
  std::vector<container::Network> networks;  // with their addresses
  std::vector<std::string> ports;            // "8080:80/tcp"
};

// The container's init.
struct Init {
  pid_t pid = 0;
  int pidfd = -1;
  const usernet::Namespaces* namespaces = nullptr;  // for Kind::kUserMode
};

// Connects the container and writes its files. A port of the host that may be any is chosen here. If this
// fails, nothing is left of it.
StatusOr<Connection> Connect(const Networks& networks, const container::Directory& directory,
                             const std::string& root, const Init& init, const Files& files,
                             const std::string& hostname);

// "127.0.0.1:8080:80/tcp"; a host port that may be any is 0.
std::string PortText(const cni::PortMapping& mapping);

std::string AddressesOf(const Connection& connection);

// Releases what Connect() has taken. What cannot be released is a warning, not an error, because the
// container must be deleted all the same; `tare network gc` tries again.
void Disconnect(const std::string& root, const container::Record& record);

// The same for a container whose record is lost. Does nothing if it was in no network.
void Release(const std::string& root, const std::string& id);

// The request of the next container of the same name: the addresses, interfaces and ports that this one had.
Networks Again(Networks networks, const container::Record& record);

}  // namespace tare::connect
