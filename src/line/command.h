// A command of tare: its name, its flags and operands, its function. Each command has a file of its own.
#pragma once

#include <span>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "lifecycle/runtime.h"
#include "line/flags.h"

namespace tare::line {

inline constexpr int kAnyNumber = -1;

// The heading under which `tare --help` lists a command.
enum class Group { kLifecycle, kInspection, kSupervised, kOther };

struct Command {
  absl::string_view name;
  Group group = Group::kOther;
  absl::string_view summary;      // one line
  absl::string_view operands;     // as the usage line shows them
  absl::string_view description;  // paragraphs, one per line; --help wraps them
  std::span<const Flag> flags;
  // What the first operand completes to; kWords: the words in `operands`. It also holds for the others if any
  // number is allowed, anywhere.
  Completes completes = Completes::kNothing;
  int min_words = 1;
  int max_words = 1;                 // or kAnyNumber
  absl::string_view many_with = {};  // the flag that allows any number of operands
  Order order = Order::kAnywhere;
  int failure_code = 1;  // exit status of tare when `run` returns an error

  // Runs the command and returns the exit status of tare.
  StatusOr<int> (*run)(const lifecycle::Runtime& runtime, const Arguments& arguments) = nullptr;
};

// All commands, in alphabetical order. The table itself is in src/cli, which knows them.
using CommandTable = std::span<const Command* const>;

// Null if there is no such command.
const Command* FindCommand(CommandTable commands, absl::string_view name);

// A usage error in runc's words if there are too few or too many operands: "tare: "start" requires exactly 1
// argument(s)". If any number is allowed, an operand that looks like a flag is an error too: `delete web
// --forse` must not delete `web` first.
Status CheckOperands(const Command& command, const Arguments& arguments);

}  // namespace tare::line
