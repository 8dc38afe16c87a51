#include "lifecycle/exec/exec.h"

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "spec/config.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kConsoleSocketFlag,
    kPidfdSocketFlag,
    {.name = "cwd", .value = "DIR", .help = "working directory inside the container"},
    {.name = "env",
     .alias = "e",
     .kind = FlagKind::kStrings,
     .value = "NAME=VALUE",
     .help = "add an environment variable (repeatable)"},
    {.name = "tty", .alias = "t", .kind = FlagKind::kBool, .help = "allocate a terminal for the process"},
    {.name = "user", .alias = "u", .value = "UID[:GID]", .help = "user and group of the process, as numbers"},
    {.name = "additional-gids",
     .alias = "g",
     .kind = FlagKind::kInts,
     .value = "GID",
     .help = "add a supplementary group, as a number (repeatable)"},
    {.name = "process",
     .alias = "p",
     .value = "FILE",
     .completes = Completes::kFile,
     .help = "read the process from this file, a JSON document like \"process\" in config.json"},
    kDetachFlag,
    kPidFileFlag,
    {.name = "process-label", .value = "LABEL", .help = "SELinux label of the process"},
    {.name = "apparmor", .value = "PROFILE", .help = "AppArmor profile of the process"},
    {.name = "no-new-privs", .kind = FlagKind::kBool, .help = "set no_new_privs, see prctl(2)"},
    {.name = "cap",
     .alias = "c",
     .kind = FlagKind::kStrings,
     .value = "CAP",
     .help = "add a capability, such as CAP_NET_ADMIN (repeatable)"},
    kPreserveFdsFlag,
    {.name = "cgroup",
     .kind = FlagKind::kStrings,
     .value = "[CONTROLLER,...:]PATH",
     .help = "run in this existing cgroup below the container's (repeatable)"},
    {.name = "ignore-paused", .kind = FlagKind::kBool, .help = "do not fail if the container is paused"},
};

std::optional<std::string> Given(const Arguments& arguments, absl::string_view name) {
  std::string value = arguments.String(name);
  if (value.empty()) return std::nullopt;
  return value;
}

std::optional<bool> GivenBool(const Arguments& arguments, absl::string_view name) {
  if (!arguments.Has(name)) return std::nullopt;
  return arguments.Bool(name);
}

StatusOr<std::vector<uint32_t>> AdditionalGids(const Arguments& arguments) {
  std::vector<uint32_t> gids;
  for (int64_t gid : arguments.Ints("additional-gids")) {
    if (gid < 0 || gid >= spec::kNoId)
      return InvalidError("invalid --additional-gids ", gid, ": use a number from 0 to 4294967294");
    gids.push_back(static_cast<uint32_t>(gid));
  }
  return gids;
}

StatusOr<int> Exec(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(lifecycle::ExecOptions options, ExecOptionsOf(arguments));
  if (options.detach) LogErrorsOnlyIfStderrIsInherited(arguments);
  return lifecycle::Exec(runtime, options);
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(int code, Exec(runtime, arguments), "exec failed");
  return code;
}

}  // namespace

StatusOr<lifecycle::ExecOptions> ExecOptionsOf(const Arguments& arguments) {
  const std::vector<std::string>& words = arguments.words();
  std::string process_file = arguments.String("process");
  if (process_file.empty() && words.size() < 2)
    return InvalidError("no command: process args cannot be empty");
  TARE_ASSIGN_OR_RETURN(std::vector<uint32_t> gids, AdditionalGids(arguments));
  TARE_ASSIGN_OR_RETURN(int preserve_fds, PreserveFds(arguments));
  return lifecycle::ExecOptions{.id = words[0],
                                .process_file = process_file,
                                .args = {words.begin() + 1, words.end()},
                                .cwd = Given(arguments, "cwd"),
                                .env = arguments.Strings("env"),
                                .tty = GivenBool(arguments, "tty"),
                                .user = Given(arguments, "user"),
                                .additional_gids = std::move(gids),
                                .process_label = Given(arguments, "process-label"),
                                .apparmor = Given(arguments, "apparmor"),
                                .no_new_privs = GivenBool(arguments, "no-new-privs"),
                                .capabilities = arguments.Strings("cap"),
                                .cgroups = arguments.Strings("cgroup"),
                                .console_socket = arguments.String("console-socket"),
                                .pidfd_socket = arguments.String("pidfd-socket"),
                                .pid_file = arguments.String("pid-file"),
                                .preserve_fds = preserve_fds,
                                .detach = arguments.Bool("detach"),
                                .ignore_paused = arguments.Bool("ignore-paused")};
}

constinit const Command kExecCommand = {
    .name = "exec",
    .group = Group::kLifecycle,
    .summary = "run another process in a running container",
    .operands = "ID COMMAND [ARGUMENT...]\n--process FILE ID",
    .description =
        "Anything not set by a flag is taken from config.json: user, environment, capabilities "
        "and so on. Flags go before ID; everything after it belongs to COMMAND.\n"
        "tare exits with the exit status of the process (128 + N if it was killed by signal N), "
        "or with 255 if the process could not be started.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .min_words = 1,
    .max_words = kAnyNumber,
    .order = Order::kBeforeWords,
    .failure_code = 255,
    .run = Run,
};

}  // namespace tare::cli
