// One remote procedure call: the request, and the function that sends the response.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"

namespace tare::ttrpc {

struct Call {
  std::string service;  // "containerd.task.v3.Task"
  std::string method;   // "Create"
  std::string payload;  // the encoded request
};

// Called once, at any time, with the encoded response or an error. gRPC's error codes are the same as absl's.
using Respond = std::function<void(StatusOr<std::string> response)>;

}  // namespace tare::ttrpc
