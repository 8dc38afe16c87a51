#include "commands/delete.h"

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "force",
     .alias = "f",
     .kind = FlagKind::kBool,
     .help = "kill the container first; succeed if it does not exist"},
    kRegexFlag,
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const bool force = arguments.Bool("force");
  const auto remove = [&](const std::string& id) { return commands::Delete(runtime, id, force); };
  return ForEachSelected(runtime, arguments, arguments.words(), remove);
}

}  // namespace

constinit const Command kDeleteCommand = {
    .name = "delete",
    .group = Group::kLifecycle,
    .summary = "delete stopped containers",
    .operands = "ID...",
    .description =
        "Removes the container's cgroups and state, and runs its poststop hooks. The bundle is "
        "kept. The log and exit status of a supervised container are deleted too.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
