#include "cli/command.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "supervise/control.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "force",
     .alias = "f",
     .kind = FlagKind::kBool,
     .help = "kill the container first; that there is none is no error"},
    kRegexFlag,
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const bool force = arguments.Bool("force");
  const auto remove = [&](const std::string& id) { return supervise::Delete(runtime, id, force); };
  const std::string& word = arguments.words()[0];
  TARE_RETURN_IF_ERROR(arguments.Bool("regex") ? ForEachMatch(runtime, word, remove) : remove(word));
  return 0;
}

}  // namespace

constinit const Command kDeleteCommand = {
    .name = "delete",
    .summary = "remove a stopped container",
    .operands = "<container-id>",
    .description =
        "   Removes its cgroups and what tare remembers of it, and runs its poststop hooks. The\n"
        "   bundle stays as it is. Of a supervised container its log and exit status go, too.\n",
    .flags = kFlags,
    .run = Run,
};

}  // namespace tare::cli
