// How a process ended, kept on disk: its supervisor writes it there before it reports it.
#pragma once

#include <string>

#include "base/status.h"
#include "spec/exit.h"

namespace tare::container {

// Where the exit of a container's init is, in its directory.
inline constexpr char kExitFile[] = "exit.json";

// Replaces `name` in the directory `dir` whole.
Status SaveExit(int dir, const std::string& name, const spec::Exit& exit);

// NotFound if it was never saved.
StatusOr<spec::Exit> LoadExit(int dir, const std::string& name);

}  // namespace tare::container
