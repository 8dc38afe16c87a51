#include "line/globals.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "line/usage.h"

namespace tare::line {
namespace {

constexpr Flag kFlags[] = {
    {.name = "debug", .kind = FlagKind::kBool, .help = "log every step; the same as --log-level debug"},
    {.name = "log",
     .value = "FILE",
     .completes = Completes::kFile,
     .help =
         "append the log to this file (default: standard error); journald:NAME and syslog:NAME log to the "
         "system's journal or syslog"},
    {.name = "log-format",
     .value = "text|json",
     .completes = Completes::kWords,
     .help = "log format",
     .initial = "text"},
    {.name = "log-level",
     .value = "debug|info|warning|error",
     .completes = Completes::kWords,
     .help = "log messages of this level and above",
     .initial = "info"},
    {.name = "root",
     .value = "DIR",
     .completes = Completes::kDirectory,
     .help = "directory for container state (default: /run/tare; for users $XDG_RUNTIME_DIR/tare)"},
    {.name = "criu",
     .value = "PATH",
     .completes = Completes::kFile,
     .help = "ignored; accepted for compatibility with runc",
     .visibility = Visibility::kHidden},
    {.name = "systemd-cgroup",
     .kind = FlagKind::kBool,
     .help = "create cgroups through systemd; linux.cgroupsPath is then \"slice:prefix:name\""},
    {.name = "cgroup-manager",
     .value = "cgroupfs|systemd|disabled",
     .completes = Completes::kWords,
     .help = "who creates cgroups; systemd: the same as --systemd-cgroup; disabled: the container gets none",
     .initial = "cgroupfs"},
    {.name = "rootless",
     .value = "true|false|auto",
     .completes = Completes::kWords,
     .help = "continue without a cgroup if creating one is not permitted",
     .initial = "auto"},
    {.name = "version", .alias = "v", .kind = FlagKind::kBool, .help = "show version information"},
};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// user_namespaces(7): only the initial one maps every ID to itself. The file does not exist if the kernel has
// no user namespaces.
bool InUserNamespace() {
  StatusOr<std::string> map = kernel::ReadFile("/proc/self/uid_map");
  if (!map.ok()) return false;
  return std::vector<absl::string_view>(absl::StrSplit(*map, absl::ByAnyChar(" \n"), absl::SkipEmpty())) !=
         std::vector<absl::string_view>{"0", "0", "4294967295"};
}

StatusOr<bool> Rootless(const std::string& word, const Caller& caller) {
  if (word == "auto" || word.empty()) return caller.euid != 0 || caller.in_user_namespace;
  StatusOr<bool> value = ParseBool(word);
  if (!value.ok())
    return UsageError(absl::StrCat("invalid --rootless value \"", word, "\": use true, false or auto"));
  return value;
}

// --systemd-cgroup and --cgroup-manager
enum class CgroupManager { kCgroupfs, kSystemd, kDisabled };

StatusOr<CgroupManager> CgroupManagerOf(const Arguments& globals) {
  const std::string word = globals.String("cgroup-manager");
  const bool by_flag = globals.Bool("systemd-cgroup");
  if (by_flag && globals.Has("cgroup-manager") && word != "systemd")
    return UsageError(absl::StrCat("--systemd-cgroup contradicts --cgroup-manager=", word));
  if (by_flag || word == "systemd") return CgroupManager::kSystemd;
  if (word == "cgroupfs") return CgroupManager::kCgroupfs;
  if (word == "disabled") return CgroupManager::kDisabled;
  return UsageError(
      absl::StrCat("invalid --cgroup-manager value \"", word, "\": use cgroupfs, systemd or disabled"));
}

StatusOr<log::Level> LogLevel(const Arguments& globals) {
  if (globals.Bool("debug")) return log::Level::kDebug;
  std::string word = globals.String("log-level");
  if (word == "debug") return log::Level::kDebug;
  if (word == "info") return log::Level::kInfo;
  if (word == "warning") return log::Level::kWarning;
  if (word == "error") return log::Level::kError;
  return UsageError(absl::StrCat("invalid log-level: ", word),
                    {.plain = absl::StrCat("invalid value \"", word,
                                           "\" for --log-level: use debug, info, warning or error")});
}

StatusOr<log::Format> LogFormat(const Arguments& globals) {
  const std::string word = globals.String("log-format");
  if (word.empty() || word == "text") return log::Format::kText;
  if (word == "json") return log::Format::kJson;
  return UsageError(
      absl::StrCat("invalid log-format: ", word),
      {.plain = absl::StrCat("invalid value \"", word, "\" for --log-format: use text or json")});
}

// As in crun, except that any other path with a colon is a file, as in runc.
StatusOr<log::Options> LogDestination(const std::string& word) {
  log::Options options;
  if (word.empty()) return options;
  absl::string_view rest = word;
  if (absl::ConsumePrefix(&rest, "journald:")) {
    options.destination = log::Destination::kJournal;
  } else if (absl::ConsumePrefix(&rest, "syslog:")) {
    options.destination = log::Destination::kSyslog;
  } else {
    absl::ConsumePrefix(&rest, "file:");
    if (rest.empty()) return UsageError("invalid value \"file:\" for --log: the name of the file is missing");
    // If standard error is a file and was opened again, there would be two offsets in it, and one text would
    // overwrite the other.
    if (rest == "/dev/stderr") return options;
  }
  options.path = rest.empty() ? "tare" : std::string(rest);
  return options;
}

}  // namespace

std::span<const Flag> GlobalFlags() {
  return kFlags;
}

StatusOr<log::Options> LogOptions(const Arguments& globals) {
  TARE_ASSIGN_OR_RETURN(const log::Format format, LogFormat(globals));
  TARE_ASSIGN_OR_RETURN(const log::Level level, LogLevel(globals));
  const std::string word = globals.String("log");
  TARE_ASSIGN_OR_RETURN(log::Options options, LogDestination(word));
  options.format = format;
  options.level = level;
  options.asked = globals.Bool("debug") || globals.Has("log-level") || !word.empty();
  return options;
}

Caller ThisCaller() {
  Caller caller = {
      .euid = geteuid(), .user = Environment("USER"), .runtime_dir = Environment("XDG_RUNTIME_DIR")};
  caller.in_user_namespace = InUserNamespace();
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory) != nullptr) caller.working_directory = directory;
  return caller;
}

bool HasPrivateRoot(const Caller& caller) {
  // conmon passes an empty XDG_RUNTIME_DIR if root called it.
  if (caller.runtime_dir.empty()) return false;
  // Root in a user namespace is either a user who called `unshare -r`, or root of a whole system that runs in
  // a container. In the latter, $USER is root.
  return caller.euid != 0 || (caller.in_user_namespace && caller.user != "root");
}

StatusOr<lifecycle::Runtime> RuntimeOf(const Arguments& globals, const Caller& caller) {
  TARE_ASSIGN_OR_RETURN(bool rootless, Rootless(globals.String("rootless"), caller));
  TARE_ASSIGN_OR_RETURN(const CgroupManager cgroup_manager, CgroupManagerOf(globals));
  std::string root = globals.String("root");
  if (root.empty()) root = HasPrivateRoot(caller) ? absl::StrCat(caller.runtime_dir, "/tare") : "/run/tare";
  if (!root.starts_with('/')) root = absl::StrCat(caller.working_directory, "/", root);
  return lifecycle::Runtime{.root = root,
                            .root_by_default = globals.String("root").empty(),
                            .systemd_cgroup = cgroup_manager == CgroupManager::kSystemd,
                            .no_cgroup = cgroup_manager == CgroupManager::kDisabled,
                            .rootless = rootless,
                            .ask_supervisor = true};
}

Status MakePrivateRoot(const std::string& root) {
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(root, 0700),
                       "the directory in $XDG_RUNTIME_DIR must be writable by its user");
  if (chmod(root.c_str(), 0700 | S_ISVTX) != 0) return ErrnoError(errno, absl::StrCat("chmod(", root, ")"));
  return absl::OkStatus();
}

}  // namespace tare::line
