// containerd.types.Mount: a mount of a container's root filesystem, as a snapshotter describes it.
#pragma once

#include <string>
#include <vector>

#include "messages/codec.h"

namespace tare::messages {

struct Mount {
  std::string type;
  std::string source;
  std::string target;  // below the root filesystem; empty: the root itself
  std::vector<std::string> options;
  TARE_MESSAGE("containerd.types.Mount", (1, type)(2, source)(3, target)(4, options));
};

}  // namespace tare::messages
