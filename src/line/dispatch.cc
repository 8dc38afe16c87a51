#include "line/dispatch.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "base/lines.h"
#include "base/log.h"
#include "base/plain_log.h"
#include "base/suggest.h"
#include "base/version.h"
#include "line/command.h"
#include "line/completion_words.h"
#include "line/globals.h"
#include "line/help.h"
#include "line/output.h"
#include "line/report.h"
#include "line/usage.h"

namespace tare::line {
namespace {

// The exit status of runc for an unknown command.
constexpr int kUnknownCommand = 3;

constexpr absl::string_view kGlobalHelp = "tare --help";

// Names that other programs use for our commands.
struct Synonym {
  absl::string_view theirs;
  absl::string_view ours;
};
constexpr std::array kSynonyms = {Synonym{"ls", "list"},       Synonym{"rm", "delete"},
                                  Synonym{"inspect", "state"}, Synonym{"status", "state"},
                                  Synonym{"stats", "top"},     Synonym{"unpause", "resume"}};

int Fail(const Status& status, int code, const About& about = {}) {
  Report(status, about);
  return code;
}

int Show(absl::string_view text) {
  Status status = Print(text);
  return status.ok() ? 0 : Fail(status, 1);
}

int FailUsage(const Status& status, absl::string_view headline, absl::string_view see) {
  ReportUsage(status, headline, see);
  return 1;
}

absl::string_view ClosestCommand(CommandTable commands, absl::string_view name) {
  for (const Synonym& synonym : kSynonyms) {
    if (synonym.theirs == name) return synonym.ours;
  }
  std::vector<absl::string_view> names = {"help"};
  for (const Command* command : commands) names.push_back(command->name);
  return Closest(name, names);
}

int UnknownCommand(CommandTable commands, absl::string_view name) {
  if (!log::IsPlain()) return Fail(InvalidError("No help topic for '", name, "'"), kUnknownCommand);
  const absl::string_view closest = ClosestCommand(commands, name);
  const Mistake mistake = {.plain = absl::StrCat("unknown command \"", name, "\""),
                           .suggestion = closest.empty() ? "" : absl::StrCat("\"", closest, "\"")};
  FailUsage(UsageError("", mistake), "", kGlobalHelp);
  return kUnknownCommand;
}

bool AsksForHelp(absl::string_view word) {
  return word == "help" || word == "h" || word == "--help" || word == "-h";
}

int Help(CommandTable commands, std::span<const std::string> words) {
  if (words.empty() || AsksForHelp(words.front())) return Show(GlobalHelp(commands));
  const Command* command = FindCommand(commands, words.front());
  return command == nullptr ? UnknownCommand(commands, words.front()) : Show(CommandHelp(*command));
}

// A user who is not allowed to write to /run/tare, and whose session has not set XDG_RUNTIME_DIR.
Status ExplainRoot(const Status& status, const Arguments& globals, const Caller& caller) {
  if (ErrnoOf(status) != EACCES || globals.Has("root") || HasPrivateRoot(caller) || caller.euid == 0)
    return status;
  if (log::IsPlain()) return WithHint(status, "set XDG_RUNTIME_DIR, or choose a state directory with --root");
  return WithContext(status, "XDG_RUNTIME_DIR is not set, and there is no --root");
}

int RunCommand(const Command& command, const Arguments& globals, std::span<const std::string> line) {
  const std::string see = absl::StrCat("tare ", command.name, " --help");
  StatusOr<Arguments> arguments = Parse(command.flags, command.order, line);
  if (!arguments.ok())
    return FailUsage(arguments.status(), absl::StrCat("Incorrect Usage: ", arguments.status().message()),
                     see);
  if (arguments->help()) return Show(CommandHelp(command));
  if (Status operands = CheckOperands(command, *arguments); !operands.ok())
    return FailUsage(operands, "Incorrect Usage.", see);

  Caller caller = ThisCaller();
  StatusOr<lifecycle::Runtime> runtime = RuntimeOf(globals, caller);
  if (!runtime.ok()) return Fail(runtime.status(), command.failure_code, {.see = kGlobalHelp});
  if (!globals.Has("root") && HasPrivateRoot(caller)) {
    if (Status made = MakePrivateRoot(runtime->root); !made.ok()) return Fail(made, command.failure_code);
  }
  log::Debug("state directory ", runtime->root, runtime->rootless ? ", rootless" : "",
             runtime->systemd_cgroup ? ", systemd creates the cgroups" : "");
  StatusOr<int> code = command.run(*runtime, *arguments);
  if (code.ok()) log::Debug(command.name, ": done, exit status ", *code);
  if (code.ok()) return *code;
  const std::string id = arguments->words().empty() ? "" : arguments->words().front();
  return Fail(ExplainRoot(code.status(), globals, caller), command.failure_code, {.id = id, .see = see});
}

// Messages at a terminal are plain, unless the caller asked for a log or for its format.
Status OpenLog(const Arguments& globals) {
  TARE_ASSIGN_OR_RETURN(log::Options options, LogOptions(globals));
  TARE_RETURN_IF_ERROR(log::Open(options));
  const bool asked = globals.Has("log-format") || !globals.String("log").empty();
  if (!asked) log::BePlainOnTerminal();
  return absl::OkStatus();
}

}  // namespace

int Dispatch(CommandTable commands, std::span<const std::string> line) {
  log::BePlainOnTerminal();  // until the flags for the log are known
  StatusOr<Arguments> globals = Parse(GlobalFlags(), Order::kBeforeWords, line);
  if (!globals.ok())
    return FailUsage(globals.status(), absl::StrCat("Incorrect Usage. ", globals.status().message()),
                     kGlobalHelp);
  if (globals->Bool("version")) return Show(VersionText());
  std::span<const std::string> words = globals->words();
  if (globals->help() || words.empty()) return Show(GlobalHelp(commands));
  if (Status log = OpenLog(*globals); !log.ok()) return Fail(log, 1, {.see = kGlobalHelp});

  const std::string& name = words.front();
  log::Debug("tare ", kVersion, " (", kCommit, "), process ", getpid(), ": ", name);
  if (AsksForHelp(name)) return Help(commands, words.subspan(1));
  if (name == kCompleteCommand) return Show(CompletionWords(commands, words.subspan(1)));
  const Command* command = FindCommand(commands, name);
  return command == nullptr ? UnknownCommand(commands, name)
                            : RunCommand(*command, *globals, words.subspan(1));
}

}  // namespace tare::line
