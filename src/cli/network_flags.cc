#include "cli/network_flags.h"

namespace tare::cli {

StatusOr<connect::Networks> NetworksOf(const Arguments& arguments) {
  return connect::ParseNetworks({.networks = arguments.Strings("network"),
                                 .ports = arguments.Strings("publish"),
                                 .ips = arguments.Strings("ip"),
                                 .mac = arguments.String("mac"),
                                 .bandwidth = arguments.String("bandwidth"),
                                 .hosts = arguments.Strings("add-host"),
                                 .dns = arguments.Strings("dns")});
}

}  // namespace tare::cli
