#include "commands/unit.h"

#include <fcntl.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "container/container.h"
#include "kernel/file.h"
#include "lifecycle/create/bundle.h"
#include "session/session.h"
#include "supervise/policy.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "bundle",
     .alias = "b",
     .value = "DIR",
     .completes = Completes::kDirectory,
     .help = "print the service for a container of this bundle, which need not exist yet"},
    {.name = "user",
     .kind = FlagKind::kBool,
     .help = "for the calling user's service manager, systemctl --user"},
    {.name = "sdnotify",
     .value = "container|conmon",
     .completes = Completes::kWords,
     .help = "the service is active when the container sends READY=1, or (conmon) when its program runs",
     .initial = "conmon"},
    {.name = "restart",
     .value = "no|on-failure[:N]|always",
     .completes = Completes::kWords,
     .help = "when systemd restarts the container (default: as its supervisor does)"},
    {.name = "stop-timeout",
     .kind = FlagKind::kInt,
     .value = "SECONDS",
     .help = "time between the stop signal and SIGKILL",
     .initial = "10"},
};

using commands::UnitOptions;

StatusOr<std::vector<std::string>> ThisTare(const lifecycle::Runtime& runtime) {
  TARE_ASSIGN_OR_RETURN(const std::string executable, kernel::ReadLinkAt(AT_FDCWD, "/proc/self/exe"));
  std::vector<std::string> words = {executable};
  if (!runtime.root_by_default) words.push_back("--root=" + runtime.root);
  return words;
}

Status TakeConfig(const spec::Config& config, UnitOptions& unit) {
  if (!config.process) return lifecycle::NoProcessError();
  unit.has_terminal = config.process->terminal;
  TARE_ASSIGN_OR_RETURN(unit.stop_signal, StopSignalOf(config.annotations));
  return absl::OkStatus();
}

Status FromBundle(const lifecycle::Runtime& runtime, const std::string& directory, UnitOptions& unit) {
  TARE_ASSIGN_OR_RETURN(unit.bundle, kernel::RealPath(directory));
  TARE_ASSIGN_OR_RETURN(const lifecycle::Bundle bundle,
                        lifecycle::LoadBundle(runtime, {.bundle = unit.bundle}));
  return TakeConfig(bundle.config, unit);
}

// "no" without a supervisor.
StatusOr<std::string> PolicyOf(const lifecycle::Runtime& runtime, const std::string& id) {
  const StatusOr<session::Session> session = session::OpenSession(runtime.root, id);
  if (absl::IsNotFound(session.status())) return "no";
  TARE_RETURN_IF_ERROR(session.status());
  TARE_ASSIGN_OR_RETURN(const session::SupervisorRecord record, session->Load());
  return record.policy;
}

Status FromContainer(const lifecycle::Runtime& runtime, UnitOptions& unit) {
  TARE_ASSIGN_OR_RETURN(const container::Container container, container::Load(runtime.root, unit.id));
  const container::Record& record = container.record;
  unit.bundle = record.bundle;
  unit.flags = record.flags;
  unit.program = record.program;
  unit.directory = record.flags_directory;
  TARE_ASSIGN_OR_RETURN(unit.restart, PolicyOf(runtime, unit.id));
  TARE_ASSIGN_OR_RETURN(const spec::Config config, container.directory.LoadConfig());
  return TakeConfig(config, unit);
}

StatusOr<UnitOptions> OptionsOf(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  UnitOptions unit{.id = arguments.words()[0],
                   .manager = arguments.Bool("user") ? commands::Manager::kUser : commands::Manager::kSystem};
  TARE_RETURN_IF_ERROR(container::CheckId(unit.id));
  TARE_ASSIGN_OR_RETURN(unit.tare, ThisTare(runtime));
  TARE_RETURN_IF_ERROR(arguments.Has("bundle") ? FromBundle(runtime, arguments.String("bundle"), unit)
                                               : FromContainer(runtime, unit));
  if (arguments.Has("restart")) {
    TARE_ASSIGN_OR_RETURN(const supervise::RestartPolicy policy,
                          supervise::ParseRestartPolicy(arguments.String("restart")));
    unit.restart = supervise::PolicyName(policy);
  }
  const std::string notifier = arguments.String("sdnotify");
  if (notifier != "container" && notifier != "conmon")
    return InvalidError("invalid --sdnotify \"", notifier, "\": use container or conmon");
  unit.notifier = notifier == "conmon" ? commands::Notifier::kTare : commands::Notifier::kContainer;
  unit.stop_timeout = arguments.Int("stop-timeout");
  if (unit.stop_timeout < 1)  // systemd takes 0 as no limit
    return InvalidError("invalid --stop-timeout ", unit.stop_timeout, ": it must be at least 1");
  return unit;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const UnitOptions unit, OptionsOf(runtime, arguments));
  TARE_ASSIGN_OR_RETURN(const std::string text, commands::UnitText(unit));
  TARE_RETURN_IF_ERROR(Print(text));
  return 0;
}

}  // namespace

constinit const Command kUnitCommand = {
    .name = "unit",
    .group = Group::kOther,
    .summary = "print a systemd service that runs a container",
    .operands = "ID",
    .description =
        "The service runs the container in the foreground, with the flags that it was created with. Its "
        "output goes to the journal, its cgroup is in that of the service, and systemd restarts it when its "
        "supervisor would.\n"
        "Save the output as ID.service in /etc/systemd/system, or with --user in ~/.config/systemd/user. "
        "Delete the container before the service is started, because the service makes its own.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
