// The words that a shell offers when TAB is pressed. They come from the tables of commands and flags; the
// scripts of `tare completion` ask for them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "line/command.h"

namespace tare::line {

// The hidden command that the scripts call: `tare __complete WORD...`.
inline constexpr absl::string_view kCompleteCommand = "__complete";

// Returns the IDs of the containers below `root`: the value of --root as it was typed, or "" without --root.
using ListContainers = absl::FunctionRef<std::vector<std::string>(const std::string& root)>;

// `line` holds the words after the name of the program; the last one is the word at the cursor. Returns a
// line for each word that may replace it, followed by a tab and its help, if it has any. The line ":files" or
// ":directories" means that the shell should offer paths. All words are returned, whatever was typed so far:
// each shell filters them in its own way.
std::string CompletionWords(CommandTable commands, std::span<const std::string> line,
                            ListContainers containers);

// The same, with the containers that exist on this machine.
std::string CompletionWords(CommandTable commands, std::span<const std::string> line);

}  // namespace tare::line
