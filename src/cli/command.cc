#include "cli/command.h"

#include <algorithm>
#include <array>

namespace tare::cli {
namespace {

constexpr std::array kCommands = {
    &kAttachCommand, &kCheckpointCommand, &kCompletionCommand, &kCreateCommand,  &kDeleteCommand,
    &kEventsCommand, &kExecCommand,       &kFeaturesCommand,   &kKillCommand,    &kListCommand,
    &kLogsCommand,   &kPauseCommand,      &kPsCommand,         &kRestoreCommand, &kResumeCommand,
    &kRunCommand,    &kSpecCommand,       &kStartCommand,      &kStateCommand,   &kStopCommand,
    &kUpdateCommand, &kWaitCommand,
};

}  // namespace

std::span<const Command* const> Commands() {
  return kCommands;
}

const Command* FindCommand(absl::string_view name) {
  auto found = std::ranges::find_if(kCommands, [&](const Command* command) { return command->name == name; });
  return found == kCommands.end() ? nullptr : *found;
}

Status CheckWordCount(const Command& command, const Arguments& arguments) {
  int count = static_cast<int>(arguments.words().size());
  bool too_few = count < command.min_words;
  bool too_many = command.max_words != kAnyNumber && count > command.max_words;
  if (!too_few && !too_many) return absl::OkStatus();
  absl::string_view demand = command.min_words == command.max_words ? "exactly"
                             : too_few                              ? "a minimum of"
                                                                    : "a maximum of";
  return InvalidError("tare: \"", command.name, "\" requires ", demand, " ",
                      too_few ? command.min_words : command.max_words, " argument(s)");
}

}  // namespace tare::cli
