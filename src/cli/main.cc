#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cli/commands.h"
#include "hooks/cni/hook_program.h"
#include "kernel/signals.h"
#include "line/dispatch.h"
#include "shim/shim.h"

namespace {

// Opens descriptors 0 to 2 if they are closed. Otherwise the next file that tare opens would get one of these
// numbers, and become the container's standard error, say. open(2) returns the lowest free number.
bool OpenStandardDescriptors() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  tare::kernel::SettleSignals();
  if (!OpenStandardDescriptors()) return 1;
  // argc may be 0 (execve(2), before Linux 5.18).
  const std::string program = argc > 0 ? argv[0] : "tare";
  std::vector<std::string> line(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (tare::cni::IsHookProgram(program)) return tare::cni::HookMain(line);
  return tare::shim::IsShim(program) ? tare::shim::Main(program, line)
                                     : tare::line::Dispatch(tare::cli::Commands(), line);
}
