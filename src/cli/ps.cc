#include "commands/ps.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "line/output.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {kFormatFlag};

std::vector<absl::string_view> Fields(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

int ExecPs(const std::vector<std::string>& options, int output) {
  std::vector<const char*> args = {"ps"};
  for (const std::string& option : options) args.push_back(option.c_str());
  args.push_back(nullptr);
  if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) return 127;
  execvp(args[0], const_cast<char* const*>(args.data()));
  dprintf(STDERR_FILENO, "%s", ErrnoText(errno).c_str());
  return 127;
}

// The output of ps(1). It includes standard error, which is the error message if ps fails.
StatusOr<std::string> RunPs(const std::vector<std::string>& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe2");
  kernel::Fd reader(ends[0]);
  kernel::Fd writer(ends[1]);
  TARE_ASSIGN_OR_RETURN(kernel::Child child,
                        kernel::Spawn({}, [&] { return ExecPs(options, writer.get()); }));
  kernel::ChildGuard guard(std::move(child));
  writer.Close();
  TARE_ASSIGN_OR_RETURN(std::string output, kernel::ReadAll(reader.get(), "the output of ps"));
  TARE_ASSIGN_OR_RETURN(int status, kernel::Wait(guard.get()));
  guard.Disarm();
  if (int code = kernel::ExitCode(status); code != 0)
    return absl::UnknownError(
        absl::StrCat("ps: exit status ", code, ": ", absl::StripTrailingAsciiWhitespace(output)));
  return output;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(OutputFormat format, FormatOf(arguments));
  const std::vector<std::string>& words = arguments.words();
  TARE_ASSIGN_OR_RETURN(std::vector<pid_t> pids, commands::Processes(runtime, words[0]));
  if (format == OutputFormat::kJson) {
    TARE_RETURN_IF_ERROR(Print(absl::StrCat("[", absl::StrJoin(pids, ","), "]\n")));
    return 0;
  }
  std::vector<std::string> options(words.begin() + 1, words.end());
  if (options.empty()) options = {"-ef"};
  TARE_ASSIGN_OR_RETURN(std::string output, RunPs(options));
  TARE_ASSIGN_OR_RETURN(std::string table, FilterPs(output, pids));
  TARE_RETURN_IF_ERROR(Print(table));
  return 0;
}

}  // namespace

StatusOr<std::string> FilterPs(absl::string_view output, const std::vector<pid_t>& pids) {
  std::vector<absl::string_view> lines = absl::StrSplit(output, '\n', absl::SkipEmpty());
  std::vector<absl::string_view> heading = lines.empty() ? lines : Fields(lines[0]);
  auto found = std::ranges::find(heading, "PID");
  if (found == heading.end()) return InvalidError("couldn't find PID field in ps output");
  size_t column = static_cast<size_t>(found - heading.begin());
  std::string table = absl::StrCat(lines[0], "\n");
  for (absl::string_view line : lines) {
    std::vector<absl::string_view> fields = Fields(line);
    pid_t pid = 0;
    bool is_process = fields.size() > column && absl::SimpleAtoi(fields[column], &pid);
    if (is_process && std::ranges::find(pids, pid) != pids.end()) absl::StrAppend(&table, line, "\n");
  }
  return table;
}

constinit const Command kPsCommand = {
    .name = "ps",
    .group = Group::kInspection,
    .summary = "list the processes of a container",
    .operands = "ID [PS-OPTION...]",
    .description =
        "Runs the host's ps(1) with the options after ID (default: -ef) and shows only the lines "
        "of the container's processes. The output of ps must have a PID column.\n"
        "With --format json, prints an array of process IDs.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .min_words = 1,
    .max_words = kAnyNumber,
    .order = Order::kBeforeWords,
    .run = Run,
};

}  // namespace tare::cli
