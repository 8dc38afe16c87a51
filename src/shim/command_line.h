// The command line with which containerd runs a shim (containerd's core/runtime/v2/README.md): flags in the
// form of Go's flag package, then an action.
#pragma once

#include <span>
#include <string>

#include "base/status.h"

namespace tare::shim {

struct CommandLine {
  std::string containerd_namespace;  // -namespace
  std::string id;                    // -id: the container's ID, or the pod's
  std::string address;               // -address: containerd's own socket
  std::string publish_binary;        // -publish-binary: unused, events are sent over ttrpc
  std::string bundle;                // -bundle: for delete
  std::string socket;                // -socket
  std::string debug_socket;          // -debug-socket
  bool debug = false;
  bool version = false;  // -v
  bool info = false;
  std::string action;  // "start" or "delete"; empty: serve
};

// `line` does not contain the program's name.
StatusOr<CommandLine> ParseCommandLine(std::span<const std::string> line);

}  // namespace tare::shim
