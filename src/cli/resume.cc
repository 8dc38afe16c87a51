#include "cli/commands.h"
#include "cli/options.h"
#include "commands/pause.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  return ForEach(arguments.words(), [&](const std::string& id) { return commands::Resume(runtime, id); });
}

}  // namespace

constinit const Command kResumeCommand = {
    .name = "resume",
    .group = Group::kLifecycle,
    .summary = "resume paused containers",
    .operands = "ID...",
    .description = "Lets the processes of the containers run again after \"tare pause ID\".\n",
    .completes = Completes::kContainer,
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
