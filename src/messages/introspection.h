// The message that a shim prints for `-info` (containerd's api/types/introspection.proto).
#pragma once

#include <string>

#include "messages/codec.h"
#include "messages/google.h"

namespace tare::messages {

struct RuntimeVersion {
  std::string version, revision;
  TARE_MESSAGE("containerd.types.RuntimeVersion", (1, version)(2, revision));
};

struct RuntimeInfo {
  std::string name;
  RuntimeVersion version;
  Any options;   // from the request
  Any features;  // the features document of the runtime spec, as JSON
  StringMap annotations;
  TARE_MESSAGE("containerd.types.RuntimeInfo",
               (1, name)(2, version)(3, options)(4, features)(5, annotations));
};

}  // namespace tare::messages
