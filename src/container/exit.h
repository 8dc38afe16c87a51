// The exit status of a process, kept on disk. A supervisor writes it before it reports it.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/exit.h"

namespace tare::container {

// The file with the exit of a container's init, in the container's directory.
inline constexpr char kExitFile[] = "exit.json";

// Replaces the file `name` in the directory `dir` atomically.
Status SaveExit(int dir, const std::string& name, const spec::Exit& exit);

// NotFound if no exit was saved.
StatusOr<spec::Exit> LoadExit(int dir, const std::string& name);

}  // namespace tare::container
