// The texts of --help and --version. The help is generated from the tables of commands and flags.
#pragma once

#include <string>

#include "line/command.h"

namespace tare::line {

std::string CommandHelp(const Command& command);
std::string GlobalHelp(CommandTable commands);

// Docker parses "NAME version X" and "commit: Y".
std::string VersionText();

// The same information as one line of JSON.
std::string VersionDocument();

}  // namespace tare::line
