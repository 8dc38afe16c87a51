// What is asked for when a container is attached to networks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cni {

// A port of the host that leads to a port of the container.
struct PortMapping {
  std::string host_ip = {};  // "": every address of the host
  uint16_t host_port = 0;
  uint16_t container_port = 0;
  std::string protocol = "tcp";  // or udp, sctp

  bool operator==(const PortMapping&) const = default;
};

// Rates in bits per second (0: no limit), bursts in bits (0: one that fits the rate). Ingress is what the
// container receives.
struct Bandwidth {
  uint64_t ingress_rate = 0;
  uint64_t ingress_burst = 0;
  uint64_t egress_rate = 0;
  uint64_t egress_burst = 0;

  bool operator==(const Bandwidth&) const = default;
};

// One network, and the interface that the container gets in it.
struct Attachment {
  std::string network;
  std::string interface = {};         // "": eth0 for the first attachment, eth1 for the second, and so on
  std::vector<std::string> ips = {};  // requested addresses, "10.1.2.3" or "10.1.2.3/24"
  std::string mac = {};

  bool operator==(const Attachment&) const = default;
};

// "[[IP:][HOST-PORT]:]CONTAINER-PORT[/PROTOCOL]", each port also a range ("8000-8009"): one mapping for each
// port. A host port that is left out is 0: any that is free.
StatusOr<std::vector<PortMapping>> ParsePorts(absl::string_view text);

struct Request {
  std::vector<Attachment> attachments;
  std::vector<PortMapping> ports = {};  // of the first network that can map ports
  Bandwidth bandwidth = {};             // of every network
};

}  // namespace tare::cni
