// The texts of --help and --version, made from the tables.
#pragma once

#include <string>

#include "cli/command.h"

namespace tare::cli {

std::string CommandHelp(const Command& command);
std::string GlobalHelp();

// Docker parses "NAME version X" and "commit: Y".
std::string VersionText();

}  // namespace tare::cli
