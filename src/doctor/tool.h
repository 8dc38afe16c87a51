// Programs of the machine that tare uses.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::doctor {

struct ToolOutput {
  int code = 0;  // as a shell reports it
  std::string text;
};

// Runs a program and waits for it. Its standard output and standard error are taken together.
StatusOr<ToolOutput> RunTool(const std::vector<std::string>& words);

// "" if there is none.
std::string LastLine(const std::string& text);

}  // namespace tare::doctor
