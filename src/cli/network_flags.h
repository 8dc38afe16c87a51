// The flags of `run`, `create` and `plan` for the networks of a container.
#pragma once

#include <array>

#include "base/status.h"
#include "cli/commands.h"
#include "connect/networks.h"

namespace tare::cli {

inline constexpr auto kNetworkFlags = std::to_array<Flag>({
    {.name = "network",
     .kind = FlagKind::kStrings,
     .value = "NAME[:OPTION,...]",
     .completes = Completes::kNetwork,
     .help = "attach to a network, see tare-network(8), or to host, none, ns:PATH, pasta or slirp4netns "
             "(repeatable)"},
    {.name = "publish",
     .alias = "p",
     .kind = FlagKind::kStrings,
     .value = "[[IP:]PORT:]PORT[/udp]",
     .help = "with --network: let a port of the host lead to a port of the container (repeatable)"},
    {.name = "ip",
     .kind = FlagKind::kStrings,
     .value = "IP",
     .help = "with --network: request this address (repeatable)"},
    {.name = "mac", .value = "MAC", .help = "with --network: request this hardware address"},
    {.name = "bandwidth",
     .value = "ingress=RATE,egress=RATE",
     .help = "with --network: limit the traffic, in bits per second, such as 10m"},
    {.name = "add-host",
     .kind = FlagKind::kStrings,
     .value = "NAME:IP",
     .help = "with --network: add a line to /etc/hosts (repeatable)"},
    {.name = "dns",
     .kind = FlagKind::kStrings,
     .value = "IP",
     .help = "with --network: use this name server (repeatable)"},
});

StatusOr<connect::Networks> NetworksOf(const Arguments& arguments);

}  // namespace tare::cli
