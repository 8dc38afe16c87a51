// The commands of a shim, one file for each.
#pragma once

#include <string>

#include "base/status.h"
#include "shim/command_line.h"

namespace tare::shim {

// start.cc: starts a shim for the bundle in the working directory, unless its group has one already, and
// prints the address where it listens. Reads containerd's parameters from standard input.
Status Start(const std::string& program, const CommandLine& line);

// serve.cc: the shim itself. It runs until containerd shuts it down. Its listening socket is descriptor 3.
inline constexpr int kServedSocket = 3;
Status Serve(const CommandLine& line);

// delete.cc: removes what a dead shim has left of the bundle's container, and prints its exit. Idempotent.
Status DeleteAfterDeath(const CommandLine& line);

// info.cc: prints the runtime's version and features.
Status PrintInfo();

}  // namespace tare::shim
