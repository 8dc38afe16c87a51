#include "commands/mounts.h"

#include <unistd.h>

#include "cli/commands.h"
#include "kernel/file.h"
#include "line/usage.h"
#include "security/own_executable.h"
#include "spec/parse.h"

namespace tare::cli {
namespace {

StatusOr<std::vector<spec::Mount>> MountsFrom(const std::string& file) {
  const bool standard_input = file == "-";
  TARE_ASSIGN_OR_RETURN(const std::string json, standard_input
                                                    ? kernel::ReadAll(STDIN_FILENO, "standard input")
                                                    : kernel::ReadFile(file));
  return spec::ParseMounts(json, standard_input ? "standard input" : file);
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const std::string& action = arguments.words()[0];
  const std::string& id = arguments.words()[1];
  const std::string& file = arguments.words()[2];
  if (action != "add" && action != "remove")
    return UsageError(absl::StrCat("unknown action \"", action, "\": use add or remove"));
  // Now, because it may start this command again: standard input must not be read before.
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  TARE_ASSIGN_OR_RETURN(const std::vector<spec::Mount> mounts, MountsFrom(file));
  TARE_RETURN_IF_ERROR(action == "add" ? commands::AddMounts(runtime, id, mounts)
                                       : commands::RemoveMounts(runtime, id, mounts));
  return 0;
}

}  // namespace

constinit const Command kMountsCommand = {
    .name = "mounts",
    .group = Group::kLifecycle,
    .summary = "add mounts to a container, or remove them",
    .operands = "add|remove ID FILE",
    .description =
        "FILE is a JSON document like mounts in config.json; - is standard input. Either all of its mounts "
        "are "
        "added or removed, or none. To remove a mount, only its destination is needed.\n"
        "The changes last until the container is deleted. They are not made in its config.json.\n",
    .completes = Completes::kWords,
    .min_words = 3,
    .max_words = 3,
    .run = Run,
};

}  // namespace tare::cli
