#include "cli/commands.h"
#include "cli/config_edits.h"
#include "cli/network_flags.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "lifecycle/create/create.h"

namespace tare::cli {
namespace {

constexpr auto kFlags = line::JoinedFlags(std::to_array<Flag>({
                                              kNameFlag,
                                              kBundleFlag,
                                              kConfigFlag,
                                              kConsoleSocketFlag,
                                              kPidfdSocketFlag,
                                              kDetachFlag,
                                              {.name = "keep",
                                               .kind = FlagKind::kBool,
                                               .help = "do not delete the container when its program exits"},
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
                                              kDryRunFlag,
                                              kPlanFormatFlag,
                                              kRemoveFlag,
                                          }),
                                          kConfigEditFlags, kNetworkFlags);

// In the foreground, --rm is what happens without --keep.
Status CheckRemove(const Arguments& arguments) {
  if (!arguments.Bool("rm")) return absl::OkStatus();
  if (arguments.Bool("keep")) return InvalidError("--rm and --keep contradict each other");
  return arguments.Bool("detach") ? RemoveNeedsSupervisor() : absl::OkStatus();
}

StatusOr<int> RunSupervised(const lifecycle::Runtime& runtime, const supervise::Options& options) {
  TARE_RETURN_IF_ERROR(supervise::Launch(runtime, options), "tare run failed");
  return 0;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::optional<int> dry, DryRun(runtime, arguments, Needs::kProgram),
                        "tare run failed");
  if (dry) return *dry;
  TARE_ASSIGN_OR_RETURN(const std::optional<supervise::Options> supervised,
                        SuperviseOptionsOf(arguments, supervise::Until::kRunning));
  if (supervised) return RunSupervised(runtime, *supervised);
  TARE_RETURN_IF_ERROR(CheckRemove(arguments));
  if (arguments.Bool("detach")) LogErrorsOnlyIfStderrIsInherited(arguments);
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
    .group = Group::kLifecycle,
    .summary = "create and start a container",
    .operands = "ID [-- COMMAND [ARGUMENT...]]",
    .description =
        "Without --detach, tare stays in the foreground: it forwards signals and the terminal, "
        "exits with the exit status of the container's program (128 + N if it was killed by "
        "signal N), and deletes the container.\n"
        "With --detach, it returns as soon as the program has started. Delete the container with "
        "\"tare delete ID\".\n"
        "With --supervise, it returns too, but a supervisor process stays with the container: see "
        "\"tare logs\", \"tare attach\", \"tare wait\" and \"tare stop\".\n"
        "Flags from --env to --annotation change the config of this container only, not the file in the "
        "bundle; "
        "COMMAND replaces the program in it.\n",
    .flags = kFlags,
    .order = Order::kProgramLast,
    .run = Run,
};

}  // namespace tare::cli
