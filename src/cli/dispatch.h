// From a command line to the exit status: global flags, log, command, error.
#pragma once

#include <span>
#include <string>

namespace tare::cli {

// `line` holds the words after the program's name.
int Dispatch(std::span<const std::string> line);

}  // namespace tare::cli
