// The networks of a container as flags of `run` and `create` ask for them. Their names and their syntax are
// those of podman-run(1).
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "hooks/cni/request.h"

namespace tare::connect {

enum class Kind {
  kAsConfigured,  // no --network: only config.json says what the container has
  kHost,          // the network namespace of the runtime
  kNone,          // a network namespace with nothing but the loopback interface
  kPath,          // a given network namespace
  kNamed,         // networks of CNI
  kUserMode,      // a network that a program of the user provides, without privileges
};

struct HostName {
  std::string address;
  std::string name;

  bool operator==(const HostName&) const = default;
};

struct Networks {
  Kind kind = Kind::kAsConfigured;
  std::string path = {};                      // kPath
  std::string program = {};                   // kUserMode: "pasta" or "slirp4netns"
  cni::Request request = {};                  // kNamed: attachments, ports, bandwidth; kUserMode: ports
  std::vector<HostName> hosts = {};           // more lines for /etc/hosts
  std::vector<std::string> nameservers = {};  // for /etc/resolv.conf, in place of those of the networks

  // Whether something outside the container has to be told when it comes and goes.
  bool attached() const { return kind == Kind::kNamed || kind == Kind::kUserMode; }
};

// What --network can be in place of the name of a network, for completion. "ns:PATH" is not among them.
std::vector<absl::string_view> NetworkWords();

// Whether the name of a network is that of a program for Kind::kUserMode.
bool IsUserMode(absl::string_view network);

// The values of flags, as they were given.
struct NetworkFlags {
  std::vector<std::string> networks;  // --network
  std::vector<std::string> ports;     // --publish
  std::vector<std::string> ips;       // --ip
  std::string mac;                    // --mac
  std::string bandwidth;              // --bandwidth
  std::vector<std::string> hosts;     // --add-host
  std::vector<std::string> dns;       // --dns
};

// The error names the flag. Makes no system calls.
StatusOr<Networks> ParseNetworks(const NetworkFlags& flags);

// "ingress=10m,egress=1g,ingress-burst=1m": bits per second, and bits; k, m, g are powers of 1000.
StatusOr<cni::Bandwidth> ParseBandwidth(absl::string_view text);

}  // namespace tare::connect
