#include <cstdlib>

#include "base/log.h"
#include "cgroup/split.h"
#include "cli/commands.h"
#include "cli/config_edits.h"
#include "cli/network_flags.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "json/editor.h"
#include "lifecycle/create/create.h"
#include "lifecycle/notify_relay.h"
#include "lifecycle/notify_socket.h"
#include "security/own_executable.h"

namespace tare::cli {
namespace {

constexpr auto kFlags = line::JoinedFlags(
    std::to_array<Flag>({
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
        {.name = "cgroups",
         .value = "enabled|split",
         .completes = Completes::kWords,
         .help = "split: the container's cgroup is below the one that tare is in; for services",
         .initial = "enabled"},
        {.name = "sdnotify",
         .value = "container|conmon|ignore",
         .completes = Completes::kWords,
         .help = "with NOTIFY_SOCKET: who reports READY=1; conmon: tare, when the program runs",
         .initial = "container"},
    }),
    kConfigEditFlags, kNetworkFlags);

// In the foreground, --rm is what happens without --keep.
Status CheckRemove(const Arguments& arguments) {
  if (!arguments.Bool("rm")) return absl::OkStatus();
  if (arguments.Bool("keep")) return InvalidError("--rm and --keep contradict each other");
  return arguments.Bool("detach") ? RemoveNeedsSupervisor() : absl::OkStatus();
}

Status BadWord(absl::string_view flag, const std::string& word, absl::string_view words) {
  return InvalidError("invalid --", flag, " \"", word, "\": use ", words);
}

// After all other changes of the config.
Status SplitCgroups(const lifecycle::Runtime& runtime, const Arguments& arguments,
                    lifecycle::CreateOptions& create) {
  const std::string word = arguments.String("cgroups");
  if (word == "enabled") return absl::OkStatus();
  if (word != "split") return BadWord("cgroups", word, "enabled or split");
  if (runtime.systemd_cgroup || runtime.no_cgroup)
    return InvalidError("--cgroups=split requires --cgroup-manager=cgroupfs");
  TARE_RETURN_IF_ERROR(cgroup::SplitOwnCgroup(), "--cgroups=split");
  create.edit = [before = create.edit, id = create.id](json::Editor& config, const std::string& bundle) {
    if (before) TARE_RETURN_IF_ERROR(before(config, bundle));
    config.Set("/linux/cgroupsPath", id);
    return absl::OkStatus();
  };
  return absl::OkStatus();
}

// NOTIFY_SOCKET is passed on to the container, unless it is removed here.
Status ArrangeNotification(const Arguments& arguments, lifecycle::RunOptions& options) {
  const std::string word = arguments.String("sdnotify");
  if (word == "container") return absl::OkStatus();
  if (word != "conmon" && word != "ignore") return BadWord("sdnotify", word, "container, conmon or ignore");
  if (options.detach && word == "conmon")
    return InvalidError("--sdnotify=conmon and --detach contradict each other");
  const std::string socket = lifecycle::CallersNotifySocket();
  unsetenv("NOTIFY_SOCKET");
  if (word == "ignore" || socket.empty()) return absl::OkStatus();
  options.started = [socket] {
    if (const Status sent = lifecycle::SendReady(socket); !sent.ok()) log::Warning(sent.message());
  };
  return absl::OkStatus();
}

// What the two functions above do cannot be done twice, so tare does not start again after it.
Status ProtectExecutable(const Arguments& arguments) {
  if (!arguments.Has("cgroups") && !arguments.Has("sdnotify")) return absl::OkStatus();
  return security::ProtectOwnExecutable();
}

StatusOr<int> RunSupervised(const lifecycle::Runtime& runtime, const Arguments& arguments,
                            supervise::Options& options) {
  if (arguments.Has("sdnotify")) return InvalidError("--sdnotify and --supervise contradict each other");
  TARE_RETURN_IF_ERROR(SplitCgroups(runtime, arguments, options.create));
  TARE_RETURN_IF_ERROR(supervise::Launch(runtime, options), "tare run failed");
  return 0;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::optional<int> dry, DryRun(runtime, arguments, Needs::kProgram),
                        "tare run failed");
  if (dry) return *dry;
  TARE_RETURN_IF_ERROR(ProtectExecutable(arguments));
  TARE_ASSIGN_OR_RETURN(std::optional<supervise::Options> supervised,
                        SuperviseOptionsOf(arguments, supervise::Until::kRunning));
  if (supervised) return RunSupervised(runtime, arguments, *supervised);
  TARE_RETURN_IF_ERROR(CheckRemove(arguments));
  if (arguments.Bool("detach")) LogErrorsOnlyIfStderrIsInherited(arguments);
  TARE_ASSIGN_OR_RETURN(lifecycle::CreateOptions create, CreateOptionsOf(arguments));
  lifecycle::RunOptions options = {.create = std::move(create),
                                   .detach = arguments.Bool("detach"),
                                   .keep = arguments.Bool("keep"),
                                   .no_subreaper = arguments.Bool("no-subreaper")};
  TARE_RETURN_IF_ERROR(ArrangeNotification(arguments, options));
  TARE_RETURN_IF_ERROR(SplitCgroups(runtime, arguments, options.create));
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
