#include "cli/command.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "lifecycle/create.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kBundleFlag,
    kConsoleSocketFlag,
    kPidfdSocketFlag,
    kDetachFlag,
    {.name = "keep",
     .kind = FlagKind::kBool,
     .help = "do not delete the container when its program has ended"},
    kPidFileFlag,
    kNoSubreaperFlag,
    kNoPivotFlag,
    kNoNewKeyringFlag,
    kPreserveFdsFlag,
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(lifecycle::CreateOptions create, CreateOptionsOf(arguments));
  return lifecycle::Run(runtime, {.create = std::move(create),
                                  .detach = arguments.Bool("detach"),
                                  .keep = arguments.Bool("keep"),
                                  .no_subreaper = arguments.Bool("no-subreaper")});
}

}  // namespace

constinit const Command kRunCommand = {
    .name = "run",
    .summary = "create a container and start it",
    .operands = "<container-id>",
    .description =
        "   Without --detach tare stays, passes signals and the terminal on, exits with the\n"
        "   code of the container's program (128 + N when signal N ended it) and deletes the\n"
        "   container. With --detach it leaves once the program runs; the container is deleted\n"
        "   with \"tare delete <container-id>\".\n",
    .flags = kFlags,
    .run = Run,
};

}  // namespace tare::cli
