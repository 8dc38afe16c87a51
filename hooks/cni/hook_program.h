// The hook program tare-cni: the executable of tare under another name. As a createRuntime and poststop hook
// of any OCI runtime, it attaches containers to networks and detaches them.
#pragma once

#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace tare::cni {

// Whether the program was called by the name of the hook program.
bool IsHookProgram(absl::string_view program);

// Reads the container's state from standard input (runtime.md, "State") and returns the exit code. A
// container that is being created, or was created, is attached to the networks of its annotations; one that
// has stopped is detached. Its bundle takes the place of the runtime's root in the record.
int HookMain(std::span<const std::string> line);

}  // namespace tare::cni
