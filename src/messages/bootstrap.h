// The messages that containerd 2.3 and later write to the standard input of a shim's `start` and read from
// its output (containerd's api/runtime/bootstrap/v1/bootstrap.proto). They are in binary format, although its
// comments say JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/codec.h"
#include "messages/google.h"

namespace tare::messages {

struct Extension {
  Any value;
  TARE_MESSAGE("containerd.runtime.bootstrap.v1.Extension", (1, value));
};

// Other values are possible. They mean the nearest level that has a name.
enum class LogLevel : int32_t { kTrace = -8, kDebug = -4, kInfo = 0, kWarning = 4, kError = 8 };

struct BootstrapParams {
  std::string instance_id, containerd_namespace;
  LogLevel log_level = LogLevel::kInfo;
  std::string containerd_version;
  std::string containerd_ttrpc_address, containerd_grpc_address;
  std::string containerd_binary;
  std::vector<Extension> extensions;
  std::string socket_dir;
  TARE_MESSAGE("containerd.runtime.bootstrap.v1.BootstrapParams",
               (1, instance_id)(2, containerd_namespace)(3, log_level)(4, containerd_version)(
                   5, containerd_ttrpc_address)(6, containerd_grpc_address)(7, containerd_binary)(
                   8, extensions)(9, socket_dir));
};

struct BootstrapResult {
  int32_t version = 0;   // of the task service: 2 or 3
  std::string address;   // unix:///...
  std::string protocol;  // ttrpc or grpc
  std::vector<int32_t> capabilities;
  StringMap metadata;
  TARE_MESSAGE("containerd.runtime.bootstrap.v1.BootstrapResult",
               (1, version)(2, address)(3, protocol)(4, capabilities)(5, metadata));
};

}  // namespace tare::messages
