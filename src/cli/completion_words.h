// What a shell offers when TAB is pressed: found in the tables of commands and flags, and asked for by the
// scripts of `tare completion`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace tare::cli {

// The name of the hidden command with which the scripts ask: `tare __complete WORD...`.
inline constexpr absl::string_view kCompleteCommand = "__complete";

// The IDs of the containers below a --root as it was typed; "" if none was.
using ListContainers = absl::FunctionRef<std::vector<std::string>(const std::string& root)>;

// One line for each word that may replace the last one of `line`, with a tab and its help, if it has any.
// ":files" or ":directories": the shell itself is to offer paths. `line` is what was typed after the name of
// the program; its last word is the one at the cursor. Words are offered whatever they begin with: shells
// choose among them, each in its own way.
std::string CompletionWords(std::span<const std::string> line, ListContainers containers);

// The same for the containers of this machine.
std::string CompletionWords(std::span<const std::string> line);

}  // namespace tare::cli
