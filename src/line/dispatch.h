// From a command line to the exit status: global flags, log, command, error.
#pragma once

#include <span>
#include <string>

#include "line/command.h"

namespace tare::line {

// `line` holds the words after the program's name.
int Dispatch(CommandTable commands, std::span<const std::string> line);

}  // namespace tare::line
