#include "namespaces/map_tool.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/ascii.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/signals.h"

namespace tare::namespaces {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecuted = 126;

std::vector<std::string> Words(const char* tool, pid_t pid, const std::vector<spec::IdMapping>& mappings) {
  std::vector<std::string> words = {tool, absl::StrCat(pid)};
  for (const spec::IdMapping& m : mappings)
    for (uint32_t number : {m.container_id, m.host_id, m.size}) words.push_back(absl::StrCat(number));
  return words;
}

// Returns the wait status. Standard output and standard error go to `output`.
StatusOr<int> RunWith(std::vector<std::string> words, int output) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({}, [&] {
                          if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
                            return kNotExecuted;
                          kernel::ResetSignals();
                          execvp(argv[0], argv.data());
                          return errno == ENOENT ? kNotFound : kNotExecuted;
                        }));
  return kernel::Wait(child);
}

std::string MessageOf(int output, int code) {
  lseek(output, 0, SEEK_SET);
  StatusOr<std::string> text = kernel::ReadAll(output, "output");
  const absl::string_view line = text.ok() ? absl::StripAsciiWhitespace(*text) : "";
  return line.empty() ? absl::StrCat("exit status ", code) : std::string(line);
}

}  // namespace

Status RunMapTool(const char* tool, pid_t pid, const std::vector<spec::IdMapping>& mappings) {
  TARE_STEP("run ", tool, " for process ", pid);
  // A file, because a pipe could become full: it is read after the tool has exited.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd output, kernel::MemoryFile(tool, ""));
  TARE_ASSIGN_OR_RETURN(const int status, RunWith(Words(tool, pid, mappings), output.get()));
  const int code = kernel::ExitCode(status);
  if (code == 0) return absl::OkStatus();
  if (code == kNotFound)
    return absl::FailedPreconditionError(
        absl::StrCat(tool, ": not found in $PATH (install the package uidmap to map more than your own id)"));
  return absl::PermissionDeniedError(absl::StrCat(
      MessageOf(output.get(), code), " (/etc/subuid and /etc/subgid list the ids that a user may map)"));
}

}  // namespace tare::namespaces
