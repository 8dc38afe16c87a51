#include "commands/wait.h"

#include "cli/commands.h"
#include "cli/options.h"
#include "line/output.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  int last = 0;
  const auto wait = [&](const std::string& id) -> Status {
    TARE_ASSIGN_OR_RETURN(last, commands::Wait(runtime, id));
    return Print(absl::StrCat(last, "\n"));
  };
  TARE_ASSIGN_OR_RETURN(const int code, ForEach(arguments.words(), wait));
  return arguments.words().size() == 1 ? last : code;
}

}  // namespace

constinit const Command kWaitCommand = {
    .name = "wait",
    .group = Group::kSupervised,
    .summary = "wait for containers to exit and print their exit status",
    .operands = "ID...",
    .description =
        "Prints one exit status per container (128 + N after signal N), and for a single "
        "container exits with it. The status is known for supervised containers only. A container "
        "that is being restarted has not exited.\n",
    .completes = Completes::kContainer,
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
