#include "lifecycle/exec.h"

#include "cli/command.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "spec/config.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kConsoleSocketFlag,
    kPidfdSocketFlag,
    {.name = "cwd", .help = "the working directory, as the container sees it"},
    {.name = "env", .alias = "e", .kind = FlagKind::kStrings, .help = "NAME=VALUE, added to the environment"},
    {.name = "tty", .alias = "t", .kind = FlagKind::kBool, .help = "give the process a terminal"},
    {.name = "user", .alias = "u", .help = "whom the process runs as: UID[:GID], numbers"},
    {.name = "additional-gids",
     .alias = "g",
     .kind = FlagKind::kInts,
     .help = "a supplementary group, a number"},
    {.name = "process",
     .alias = "p",
     .help = "a file that holds the whole process, like config.json's \"process\""},
    kDetachFlag,
    kPidFileFlag,
    {.name = "process-label", .help = "the SELinux label of the process"},
    {.name = "apparmor", .help = "the AppArmor profile of the process"},
    {.name = "no-new-privs", .kind = FlagKind::kBool, .help = "set no_new_privs (PR_SET_NO_NEW_PRIVS)"},
    {.name = "cap",
     .alias = "c",
     .kind = FlagKind::kStrings,
     .help = "a capability added to the bounding, effective and permitted sets"},
    kPreserveFdsFlag,
    {.name = "cgroup",
     .kind = FlagKind::kStrings,
     .help = "an existing cgroup below the container's: [CONTROLLER[,CONTROLLER...]:]PATH"},
    {.name = "ignore-paused", .kind = FlagKind::kBool, .help = "do not refuse a paused container"},
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
    if (gid < 0 || gid >= spec::kNoId) return InvalidError("invalid additional gid ", gid);
    gids.push_back(static_cast<uint32_t>(gid));
  }
  return gids;
}

StatusOr<int> Exec(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(lifecycle::ExecOptions options, ExecOptionsOf(arguments));
  if (options.detach) SpareContainersStderr(arguments);
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
    .summary = "run one more process in a running container",
    .operands = "<container-id> <command> [arguments...]  ||  -p process.json <container-id>",
    .description =
        "   What no flag says, the process has from config.json: user, environment,\n"
        "   capabilities and so on. Flags end at <container-id>; what comes after it belongs to\n"
        "   <command>. tare exits with the code of the process (128 + N when signal N ended it),\n"
        "   and with 255 if it could not be run.\n",
    .flags = kFlags,
    .min_words = 1,
    .max_words = kAnyNumber,
    .order = Order::kBeforeWords,
    .failure_code = 255,
    .run = Run,
};

}  // namespace tare::cli
