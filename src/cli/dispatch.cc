#include "cli/dispatch.h"

#include <unistd.h>

#include <cerrno>

#include "base/lines.h"
#include "base/log.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/completion_words.h"
#include "cli/globals.h"
#include "cli/help.h"
#include "cli/output.h"

namespace tare::cli {
namespace {

// What runc exits with when there is no such command.
constexpr int kUnknownCommand = 3;

// Tells an error: to the log, and when that is a file to the person or the engine that reads standard error.
int Fail(const Status& status, int code) {
  const std::string lines = LinesOf(status);
  if (log::ToFile() || lines.empty()) log::Error(status.message());
  if (!lines.empty()) {
    // The first line is runc's, and scripts expect no other; what explains it is for a person.
    log::Say(isatty(STDERR_FILENO) ? lines : lines.substr(0, lines.find('\n')));
  } else if (log::ToFile()) {
    log::Say(status.message());
  }
  return code;
}

int Show(absl::string_view text) {
  Status status = Print(text);
  return status.ok() ? 0 : Fail(status, 1);
}

// An error in the command line: the help on standard output, the error where errors go (runc does the same).
int FailUsage(const Status& status, absl::string_view headline, absl::string_view help) {
  // Whether somebody reads it or not: the error is what matters.
  WriteAll(STDOUT_FILENO, absl::StrCat(headline, "\n\n", help, "\n"), "standard output").IgnoreError();
  return Fail(status, 1);
}

int UnknownCommand(absl::string_view name) {
  return Fail(InvalidError("No help topic for '", name, "'"), kUnknownCommand);
}

int Help(std::span<const std::string> words) {
  if (words.empty()) return Show(GlobalHelp());
  const Command* command = FindCommand(words.front());
  return command == nullptr ? UnknownCommand(words.front()) : Show(CommandHelp(*command));
}

// A user who may not write /run/tare lacks what a login sets.
Status ExplainRoot(const Status& status, const Arguments& globals, const Caller& caller) {
  if (ErrnoOf(status) != EACCES || globals.Has("root") || HasPrivateRoot(caller) || caller.euid == 0)
    return status;
  return WithContext(status, "XDG_RUNTIME_DIR is not set, and there is no --root");
}

int RunCommand(const Command& command, const Arguments& globals, std::span<const std::string> line) {
  StatusOr<Arguments> arguments = Parse(command.flags, command.order, line);
  if (!arguments.ok()) {
    std::string headline = absl::StrCat("Incorrect Usage: ", arguments.status().message());
    return FailUsage(arguments.status(), headline, CommandHelp(command));
  }
  if (arguments->help()) return Show(CommandHelp(command));
  if (Status count = CheckWordCount(command, *arguments); !count.ok())
    return FailUsage(count, "Incorrect Usage.", CommandHelp(command));

  Caller caller = ThisCaller();
  StatusOr<lifecycle::Runtime> runtime = RuntimeOf(globals, caller);
  if (!runtime.ok()) return Fail(runtime.status(), command.failure_code);
  if (!globals.Has("root") && HasPrivateRoot(caller)) {
    if (Status made = MakePrivateRoot(runtime->root); !made.ok()) return Fail(made, command.failure_code);
  }
  log::Debug("containers are remembered in ", runtime->root, runtime->rootless ? ", rootless" : "",
             runtime->systemd_cgroup ? ", systemd makes the cgroups" : "");
  StatusOr<int> code = command.run(*runtime, *arguments);
  if (code.ok()) log::Debug(command.name, ": done, exit status ", *code);
  if (code.ok()) return *code;
  return Fail(ExplainRoot(code.status(), globals, caller), command.failure_code);
}

Status OpenLog(const Arguments& globals) {
  TARE_ASSIGN_OR_RETURN(log::Options options, LogOptions(globals));
  return log::Open(options);
}

}  // namespace

int Dispatch(std::span<const std::string> line) {
  StatusOr<Arguments> globals = Parse(GlobalFlags(), Order::kBeforeWords, line);
  if (!globals.ok()) {
    std::string headline = absl::StrCat("Incorrect Usage. ", globals.status().message());
    return FailUsage(globals.status(), headline, GlobalHelp());
  }
  if (globals->Bool("version")) return Show(VersionText());
  std::span<const std::string> words = globals->words();
  if (globals->help() || words.empty()) return Show(GlobalHelp());
  if (Status log = OpenLog(*globals); !log.ok()) return Fail(log, 1);

  const std::string& name = words.front();
  log::Debug("tare ", kVersion, " (", kCommit, "), process ", getpid(), ": ", name);
  if (name == "help" || name == "h") return Help(words.subspan(1));
  if (name == kCompleteCommand) return Show(CompletionWords(words.subspan(1)));
  const Command* command = FindCommand(name);
  return command == nullptr ? UnknownCommand(name) : RunCommand(*command, *globals, words.subspan(1));
}

}  // namespace tare::cli
