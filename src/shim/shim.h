// containerd's runtime-v2 shim, in the same program under another name: a link to it that is called
// "containerd-shim-...".
#pragma once

#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace tare::shim {

// True if this is the name of a shim.
bool IsShim(absl::string_view program);

// The whole program; `line` is without its name. Returns its exit code.
int Main(const std::string& program, std::span<const std::string> line);

}  // namespace tare::shim
