// One remote procedure call: what is asked, and how it is answered.
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

// Takes the encoded response, or an error, whose code is gRPC's and absl's. Called once, at any time.
using Respond = std::function<void(StatusOr<std::string> response)>;

}  // namespace tare::ttrpc
