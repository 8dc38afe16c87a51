// How containerd calls a shim (containerd's core/runtime/v2/README.md): flags as Go writes them, then an
// action.
#pragma once

#include <span>
#include <string>

#include "base/status.h"

namespace tare::shim {

struct CommandLine {
  std::string containerd_namespace;  // -namespace
  std::string id;                    // -id: of a container, or of the pod
  std::string address;               // -address: containerd's own socket
  std::string publish_binary;        // -publish-binary: not used, events go over ttrpc
  std::string bundle;                // -bundle: for delete
  std::string socket;                // -socket
  std::string debug_socket;          // -debug-socket
  bool debug = false;
  bool version = false;  // -v
  bool info = false;
  std::string action;  // "start", "delete", or none: serve
};

// `line` is without the program's name.
StatusOr<CommandLine> ParseCommandLine(std::span<const std::string> line);

}  // namespace tare::shim
