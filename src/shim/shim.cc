#include "shim/shim.h"

#include <unistd.h>

#include "absl/strings/match.h"
#include "base/log.h"
#include "base/version.h"
#include "kernel/file.h"
#include "shim/commands.h"

namespace tare::shim {
namespace {

Status PrintVersion(const std::string& program) {
  return kernel::WriteOnce(
      STDOUT_FILENO, absl::StrCat(program, ":\n  Version:  ", kVersion, "\n  Revision: ", kCommit, "\n"),
      "standard output");
}

Status RunCommand(const std::string& program, std::span<const std::string> words) {
  TARE_ASSIGN_OR_RETURN(const CommandLine line, ParseCommandLine(words));
  if (line.version) return PrintVersion(program);
  if (line.info) return PrintInfo();
  if (line.containerd_namespace.empty()) return InvalidError("shim namespace cannot be empty");
  if (line.action == "start") return Start(program, line);
  if (line.action == "delete") return DeleteAfterDeath(line);
  if (!line.action.empty()) return InvalidError("unknown action \"", line.action, "\"");
  return Serve(line);
}

}  // namespace

bool IsShim(absl::string_view program) {
  const size_t slash = program.rfind('/');
  if (slash != absl::string_view::npos) program.remove_prefix(slash + 1);
  return absl::StartsWith(program, "containerd-shim-");
}

int Main(const std::string& program, std::span<const std::string> line) {
  const Status done = RunCommand(program, line);
  if (done.ok()) return 0;
  // containerd shows this to its user.
  log::Say(absl::StrCat(program, ": ", done.message()));
  return 1;
}

}  // namespace tare::shim
