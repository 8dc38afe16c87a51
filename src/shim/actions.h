// The actions of a shim, a file each. All of them return their errors to the caller.
#pragma once

#include <string>

#include "base/status.h"
#include "shim/command_line.h"

namespace tare::shim {

// start.cc: a shim for the bundle that is the working directory, or the one that its group has already; the
// answer, on standard output, says where it listens. Standard input holds containerd's parameters.
Status Start(const std::string& program, const CommandLine& line);

// serve.cc: the shim itself, until containerd has it leave. Its socket listens at descriptor 3.
inline constexpr int kServedSocket = 3;
Status Serve(const CommandLine& line);

// delete.cc: what a dead shim has left of the bundle's container goes. Idempotent.
Status DeleteLeft(const CommandLine& line);

// info.cc: what this runtime can do.
Status TellInfo();

}  // namespace tare::shim
