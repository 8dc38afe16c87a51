#include "commands/pause.h"

#include "cli/commands.h"
#include "cli/options.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  return ForEach(arguments.words(), [&](const std::string& id) { return commands::Pause(runtime, id); });
}

}  // namespace

constinit const Command kPauseCommand = {
    .name = "pause",
    .group = Group::kLifecycle,
    .summary = "pause containers",
    .operands = "ID...",
    .description = "Freezes all processes of the containers until \"tare resume ID\" is called.\n",
    .completes = Completes::kContainer,
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
