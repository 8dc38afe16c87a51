// What a container's networks change in its config.json. Makes no system calls.
#pragma once

#include <string>

#include "base/status.h"
#include "connect/networks.h"
#include "spec/config.h"

namespace tare::connect {

// The files of the container that are made from its networks. Each is mounted over the one of the rootfs,
// unless config.json mounts something there itself.
struct Files {
  bool hosts = false;
  bool resolv_conf = false;
  bool hostname = false;

  bool any() const { return hosts || resolv_conf || hostname; }
  bool operator==(const Files&) const = default;
};

// Their names in the container's directory.
inline constexpr char kHostsFile[] = "hosts";
inline constexpr char kResolvConfFile[] = "resolv.conf";
inline constexpr char kHostnameFile[] = "hostname";

// Gives `config` the network namespace that `networks` need, and the mounts of the files that are returned.
// `directory` is the container's: the files will be in it. A config.json that joins a network namespace
// contradicts every --network but "host" and "ns:PATH", which replace it.
StatusOr<Files> ApplyNetworks(const Networks& networks, const std::string& directory, spec::Config& config);

}  // namespace tare::connect
