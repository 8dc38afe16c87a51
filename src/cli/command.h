// A command of tare: what it is called, what it takes, what it does. Each has a file of its own.
#pragma once

#include <span>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "cli/flags.h"
#include "lifecycle/runtime.h"

namespace tare::cli {

inline constexpr int kAnyNumber = -1;

struct Command {
  absl::string_view name;
  absl::string_view summary;      // one line
  absl::string_view operands;     // as the usage line shows them
  absl::string_view description;  // paragraphs for --help
  std::span<const Flag> flags;
  int min_words = 1;
  int max_words = 1;  // or kAnyNumber
  Order order = Order::kAnywhere;
  int failure_code = 1;  // what tare exits with when `run` returns an error

  // Does it; the answer is what tare exits with.
  StatusOr<int> (*run)(const lifecycle::Runtime& runtime, const Arguments& arguments) = nullptr;
};

extern const Command kAttachCommand;
extern const Command kCheckpointCommand;
extern const Command kCreateCommand;
extern const Command kDeleteCommand;
extern const Command kEventsCommand;
extern const Command kExecCommand;
extern const Command kFeaturesCommand;
extern const Command kKillCommand;
extern const Command kListCommand;
extern const Command kLogsCommand;
extern const Command kPauseCommand;
extern const Command kPsCommand;
extern const Command kRestoreCommand;
extern const Command kResumeCommand;
extern const Command kRunCommand;
extern const Command kSpecCommand;
extern const Command kStartCommand;
extern const Command kStateCommand;
extern const Command kStopCommand;
extern const Command kUpdateCommand;
extern const Command kWaitCommand;

// In the order of the alphabet.
std::span<const Command* const> Commands();

// Null if there is none.
const Command* FindCommand(absl::string_view name);

// "tare: "start" requires exactly 1 argument(s)", in the words that runc uses.
Status CheckWordCount(const Command& command, const Arguments& arguments);

}  // namespace tare::cli
