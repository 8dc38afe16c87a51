// shim_client: containerd's side of a shim, for the tests in tests/shim.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace shim_client {

using Arguments = std::vector<std::string>;

// SOCKET METHOD [PATH=VALUE | PATH=@FILE | payload=@FILE]... [-- METHOD ...]...: calls the task service or
// the sandbox service, over one connection, and shows the responses, up to the first error. The variable
// SERVICE names another service than the method's own, TIMEOUT the seconds to wait.
tare::Status Call(const Arguments& arguments);

// SOCKET [FILE]: plays containerd's events service and shows each event in one line. While FILE exists, all
// are refused with the code that it holds ("UNAVAILABLE").
tare::Status ServeEvents(const Arguments& arguments);

tare::StatusOr<std::string> ReadAll(const std::string& path);

}  // namespace shim_client
