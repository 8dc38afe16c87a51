#include "lifecycle/create/create.h"

#include <limits>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/config_edits.h"
#include "cli/network_flags.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "line/usage.h"

namespace tare::cli {
namespace {

constexpr auto kFlags = line::JoinedFlags(std::to_array<Flag>({
                                              kNameFlag,
                                              kBundleFlag,
                                              kConfigFlag,
                                              kConsoleSocketFlag,
                                              kPidfdSocketFlag,
                                              kPidFileFlag,
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

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::optional<int> dry, DryRun(runtime, arguments, Needs::kNothing),
                        "tare create failed");
  if (dry) return *dry;
  TARE_ASSIGN_OR_RETURN(const std::optional<supervise::Options> supervised,
                        SuperviseOptionsOf(arguments, supervise::Until::kCreated));
  if (supervised) {
    TARE_RETURN_IF_ERROR(supervise::Launch(runtime, *supervised), "tare create failed");
    return 0;
  }
  if (arguments.Bool("rm")) return RemoveNeedsSupervisor();
  TARE_ASSIGN_OR_RETURN(const lifecycle::CreateOptions options, CreateOptionsOf(arguments));
  LogErrorsOnlyIfStderrIsInherited(arguments);
  TARE_RETURN_IF_ERROR(lifecycle::Create(runtime, options), "tare create failed");
  return 0;
}

}  // namespace

// As in crun, the default name always means the file in the bundle; any other path is relative to the working
// directory.
StatusOr<std::string> ConfigFile(const Arguments& arguments) {
  std::string file = arguments.String("config");
  if (file.empty() && arguments.Has("config")) return InvalidError("--config requires the name of a file");
  return file == "config.json" ? "" : file;
}

void LogErrorsOnlyIfStderrIsInherited(const Arguments& arguments) {
  if (arguments.String("console-socket").empty()) log::SpareContainersStderr();
}

StatusOr<int> PreserveFds(const Arguments& arguments) {
  int64_t count = arguments.Int("preserve-fds");
  if (count < 0 || count > std::numeric_limits<int>::max()) {
    const std::string wrong = absl::StrCat("invalid value \"", count, "\" for ");
    return UsageError(absl::StrCat(wrong, "flag -preserve-fds: value out of range"),
                      {.plain = absl::StrCat(wrong, "--preserve-fds: the number is out of range")});
  }
  return static_cast<int>(count);
}

StatusOr<lifecycle::CreateOptions> CreateOptionsOf(const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(int preserve_fds, PreserveFds(arguments));
  TARE_ASSIGN_OR_RETURN(std::string config_file, ConfigFile(arguments));
  TARE_ASSIGN_OR_RETURN(lifecycle::ConfigEdit edit, ConfigEditOf(arguments));
  TARE_ASSIGN_OR_RETURN(connect::Networks networks, NetworksOf(arguments));
  TARE_ASSIGN_OR_RETURN(lifecycle::CommandLine line, CommandLineOf(arguments));
  std::string bundle = arguments.String("bundle");
  return lifecycle::CreateOptions{.id = arguments.words()[0],
                                  .bundle = bundle.empty() ? "." : bundle,
                                  .config_file = std::move(config_file),
                                  .edit = std::move(edit),
                                  .networks = std::move(networks),
                                  .line = std::move(line),
                                  .console_socket = arguments.String("console-socket"),
                                  .pidfd_socket = arguments.String("pidfd-socket"),
                                  .pid_file = arguments.String("pid-file"),
                                  .preserve_fds = preserve_fds,
                                  .no_pivot = arguments.Bool("no-pivot"),
                                  .no_new_keyring = arguments.Bool("no-new-keyring")};
}

constinit const Command kCreateCommand = {
    .name = "create",
    .group = Group::kLifecycle,
    .summary = "create a container from a bundle, without starting it",
    .operands = "ID [-- COMMAND [ARGUMENT...]]",
    .description =
        "Sets up everything in the bundle's config.json: namespaces, mounts, limits. The program "
        "runs when \"tare start ID\" is called. Later changes to config.json do not affect the "
        "container.\n"
        "With --supervise, a supervisor process stays with the container: see \"tare run --help\".\n"
        "Flags from --env to --annotation change the config of this container only, not the file in the "
        "bundle; "
        "COMMAND replaces the program in it.\n",
    .flags = kFlags,
    .order = Order::kProgramLast,
    .run = Run,
};

}  // namespace tare::cli
