#include "doctor/tool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "kernel/arguments.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/signals.h"

namespace tare::doctor {

StatusOr<ToolOutput> RunTool(const std::vector<std::string>& words) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd output, kernel::MemoryFile("output", ""));
  const std::vector<char*> arguments = kernel::Pointers(words);
  const pid_t child = fork();
  if (child < 0) return ErrnoError(errno, "fork");
  if (child == 0) {
    dup2(output.get(), STDOUT_FILENO);
    dup2(output.get(), STDERR_FILENO);
    kernel::ResetSignals();
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  lseek(output.get(), 0, SEEK_SET);
  TARE_ASSIGN_OR_RETURN(std::string text, kernel::ReadAll(output.get(), "output"));
  return ToolOutput{kernel::ExitCode(status), std::move(text)};
}

std::string LastLine(const std::string& text) {
  const absl::string_view lines = absl::StripAsciiWhitespace(text);
  return std::string(lines.substr(lines.rfind('\n') + 1));
}

}  // namespace tare::doctor
