#include "hooks/confined.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "hooks/spawn.h"
#include "kernel/descriptors.h"
#include "kernel/fd.h"
#include "kernel/file.h"
#include "kernel/signals.h"

namespace tare::hooks {
namespace {

Status ChangeDirectory(int directory) {
  if (directory == kRootDirectory && chdir("/") != 0) return ErrnoError(errno, "chdir(/)");
  if (directory >= 0 && fchdir(directory) != 0) return ErrnoError(errno, "fchdir");
  return absl::OkStatus();
}

// In the hook's process. Returns only with the error.
Status Execute(const spec::Hook& hook, const std::array<int, 3>& stdio, const Surroundings& surroundings,
               int report) {
  if (setpgid(0, 0) != 0) return ErrnoError(errno, "setpgid");
  kernel::ResetSignals();
  TARE_RETURN_IF_ERROR(ChangeDirectory(surroundings.directory));
  TARE_RETURN_IF_ERROR(kernel::SetStandardStreams(stdio));
  kernel::CloseAllBut(3, {report});
  const ExecArguments arguments(hook, surroundings);
  TARE_RETURN_IF_ERROR((*surroundings.confine)());
  execve(hook.path.c_str(), arguments.args(), arguments.env());
  return ErrnoError(errno, "exec");
}

int Report(int report, const Status& status) {
  const std::string text = SerializeStatus(status);
  [[maybe_unused]] const ssize_t ignored = write(report, text.data(), text.size());
  return 127;
}

}  // namespace

StatusOr<kernel::Child> SpawnConfinedHook(const spec::Hook& hook, const std::array<int, 3>& stdio,
                                          const Surroundings& surroundings) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe2");
  const kernel::Fd reader(ends[0]);
  kernel::Fd writer(ends[1]);
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({}, [&] {
                          return Report(writer.get(), Execute(hook, stdio, surroundings, writer.get()));
                        }));
  writer.Close();
  // The pipe ends without a word when the program is executed; otherwise it brings the reason.
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadAll(reader.get(), "the hook's report"));
  if (text.empty()) return child;
  TARE_RETURN_IF_ERROR(kernel::Wait(child).status());
  return ParseStatus(text);
}

}  // namespace tare::hooks
