// The entry point of containerd's runtime v2 shim. It is the same executable as tare, called through a link
// whose name begins with "containerd-shim-".
#pragma once

#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace tare::shim {

// Whether the program was called by a shim's name.
bool IsShim(absl::string_view program);

// Runs the shim and returns its exit code. `line` does not contain the program's name.
int Main(const std::string& program, std::span<const std::string> line);

}  // namespace tare::shim
