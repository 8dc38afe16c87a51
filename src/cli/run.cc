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
    kSuperviseFlag,
    kInteractiveFlag,
    kRestartFlag,
    kLogDirFlag,
    kLogMaxSizeFlag,
    kLogMaxFilesFlag,
};

StatusOr<int> RunSupervised(const lifecycle::Runtime& runtime, const supervise::Options& options) {
  TARE_RETURN_IF_ERROR(supervise::Launch(runtime, options), "tare run failed");
  return 0;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::optional<supervise::Options> supervised,
                        SuperviseOptionsOf(arguments, supervise::Until::kRunning));
  if (supervised) return RunSupervised(runtime, *supervised);
  if (arguments.Bool("detach")) SpareContainersStderr(arguments);
  TARE_ASSIGN_OR_RETURN(lifecycle::CreateOptions create, CreateOptionsOf(arguments));
  lifecycle::RunOptions options = {.create = std::move(create),
                                   .detach = arguments.Bool("detach"),
                                   .keep = arguments.Bool("keep"),
                                   .no_subreaper = arguments.Bool("no-subreaper")};
  TARE_ASSIGN_OR_RETURN(int code, lifecycle::Run(runtime, options), "tare run failed");
  return code;
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
        "   with \"tare delete <container-id>\".\n"
        "   With --supervise it leaves as well, but a process stays behind the container: see\n"
        "   \"tare logs\", \"tare attach\", \"tare wait\" and \"tare stop\".\n",
    .flags = kFlags,
    .run = Run,
};

}  // namespace tare::cli
