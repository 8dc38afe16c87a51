// Where CNI's files are: configuration lists, plugins, and what is recorded of attached containers.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace tare::cni {

struct Places {
  std::string configs = "/etc/cni/net.d";
  std::vector<std::string> plugins = {"/opt/cni/bin", "/usr/lib/cni"};  // searched in this order
  // Must survive a reboot, because the leases of addresses do.
  std::string records = "/var/lib/tare/network";
  absl::Duration deadline = absl::Seconds(60);  // of one plugin call
};

// The places that environment variables name: NETCONFPATH and CNI_PATH, which CNI's own cnitool reads,
// TARE_NETWORK_DIR (records) and TARE_NETWORK_TIMEOUT (a plugin call's deadline in seconds). An error if the
// timeout is not a number from 1 to 86400. `get` is getenv(3).
StatusOr<Places> PlacesOf(absl::FunctionRef<const char*(const char*)> get);
StatusOr<Places> PlacesOf();  // of this process's environment

// The directory below `records` for the containers of the runtime root `root`: its path escaped as by
// systemd-escape --path ("run-tare").
std::string EscapedRoot(absl::string_view root);
// And back: the root that has this escaped name.
StatusOr<std::string> UnescapedRoot(absl::string_view name);

}  // namespace tare::cni
