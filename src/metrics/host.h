// What containerd's metrics contain besides the statistics of cgroups: the names of block devices, and the
// counters of the container's network interfaces.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "messages/metrics_v1.h"

namespace tare::metrics {

using DeviceNames = std::map<std::pair<uint64_t, uint64_t>, std::string>;  // major and minor: "/dev/sda"
using Interfaces = std::vector<messages::metrics_v1::NetworkStat>;

struct HostFacts {
  DeviceNames devices;
  Interfaces interfaces;
};

// Reads only what is asked for. `init` is a process in the container's network namespace; if that is also
// ours, the counters would be the host's and are left out. What cannot be read is left out, too.
enum class BlockDevices { kNone, kNamed };
HostFacts LookAtHost(pid_t init, BlockDevices devices);

// /proc/partitions. If a device is listed twice, the first name counts, as in containerd's own shim.
DeviceNames ParsePartitions(absl::string_view text);
// /proc/PID/net/dev. The loopback interface is among them.
Interfaces ParseNetDev(absl::string_view text);

}  // namespace tare::metrics
