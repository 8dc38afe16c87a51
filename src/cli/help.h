// The texts of --help and --version. The help is generated from the tables of commands and flags.
#pragma once

#include <string>

#include "cli/command.h"

namespace tare::cli {

std::string CommandHelp(const Command& command);
std::string GlobalHelp();

// Docker parses "NAME version X" and "commit: Y".
std::string VersionText();

// The same information as one line of JSON.
std::string VersionDocument();

}  // namespace tare::cli
