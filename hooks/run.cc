#include "hooks/run.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/step.h"
#include "hooks/confined.h"
#include "hooks/spawn.h"
#include "kernel/descriptors.h"
#include "kernel/fd.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/wait.h"

namespace tare::hooks {
namespace {

constexpr size_t kQuoted = 4096;     // bytes of each stream that an error quotes
constexpr size_t kPipeSize = 65536;  // pipe(7): the most that is in a pipe when its writer exits

// One output stream of the hook: the reading end of a pipe, and the last bytes that were read from it.
struct Capture {
  kernel::Fd pipe;
  std::string tail;

  // Reads what is there now, at most a full pipe. Closes the pipe at the end of the stream.
  void Drain() {
    char buffer[kQuoted];
    for (size_t total = 0; pipe && total < kPipeSize;) {
      const ssize_t got = read(pipe.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return pipe.Close();
      total += static_cast<size_t>(got);
      tail.append(buffer, static_cast<size_t>(got));
      if (tail.size() > kQuoted) tail.erase(0, tail.size() - kQuoted);
    }
  }
};

// A running hook, and what it has written so far.
struct Running {
  kernel::Child child;
  Capture out;
  Capture err;
};

struct Pipe {
  kernel::Fd reader;
  kernel::Fd writer;
};

StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe2");
  Pipe pipe{kernel::Fd(ends[0]), kernel::Fd(ends[1])};
  // The hook's end stays blocking: it is another file description, which has its own mode.
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(pipe.reader.get()));
  return pipe;
}

StatusOr<kernel::Child> Spawn(const spec::Hook& hook, const std::array<int, 3>& stdio,
                              const Surroundings& surroundings) {
  if (surroundings.confine != nullptr) return SpawnConfinedHook(hook, stdio, surroundings);
  TARE_ASSIGN_OR_RETURN(const pid_t pid, SpawnHook(hook, stdio, surroundings));
  // It has not been waited for, so the pid cannot be another process's.
  StatusOr<kernel::Fd> pidfd = kernel::PidfdOpen(pid);
  if (pidfd.ok()) return kernel::Child{pid, *std::move(pidfd)};
  kill(-pid, SIGKILL);
  (void)kernel::Wait(kernel::Child{.pid = pid});
  return pidfd.status();
}

StatusOr<Running> StartHook(const spec::Hook& hook, const std::string& state_json,
                            const Surroundings& surroundings) {
  // As standard input a file is better than a pipe: writing it never blocks, and never fails because the hook
  // does not read it.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd in, kernel::MemoryFile("state.json", state_json));
  TARE_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  TARE_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  const std::array<int, 3> stdio = {in.get(), surroundings.out < 0 ? out.writer.get() : surroundings.out,
                                    surroundings.err < 0 ? err.writer.get() : surroundings.err};
  TARE_ASSIGN_OR_RETURN(kernel::Child child, Spawn(hook, stdio, surroundings));
  return Running{
      .child = std::move(child), .out = {std::move(out.reader), {}}, .err = {std::move(err.reader), {}}};
}

// Reads what the hook writes until its process has exited (true) or the deadline has passed (false). It
// does not wait for the end of the output: a daemon that the hook has left behind may keep the pipes
// open for ever.
StatusOr<bool> AwaitExit(Running& hook, kernel::Deadline deadline) {
  for (;;) {
    // The descriptor of a stream that has ended is -1.
    std::array<pollfd, 3> waiting = {pollfd{.fd = hook.child.pidfd.get(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = hook.out.pipe.get(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = hook.err.pipe.get(), .events = POLLIN, .revents = 0}};
    TARE_RETURN_IF_ERROR(kernel::WaitForAny(waiting, deadline).status());
    const bool ended = waiting[0].revents != 0;
    hook.out.Drain();
    hook.err.Drain();
    if (ended) return true;
    if (deadline.passed()) return false;
  }
}

// The process group includes the hook's children, which would otherwise live on. The hook itself may have
// left its group.
void Kill(const Running& hook) {
  kill(-hook.child.pid, SIGKILL);
  (void)kernel::PidfdSendSignal(hook.child.pidfd.get(), SIGKILL);
}

std::string Outcome(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrCat("exit status ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  // A seccomp filter's doing, in runc's words.
  const char* what = signal == SIGSYS ? ": bad system call" : "";
  return absl::StrCat("killed by signal ", signal, name ? absl::StrCat(" (SIG", name, ")") : "", what);
}

// ": stderr", or ": stderr (stdout: ...)"; "" if the hook wrote nothing.
std::string Quote(const Running& hook) {
  const absl::string_view out = absl::StripAsciiWhitespace(hook.out.tail);
  const absl::string_view err = absl::StripAsciiWhitespace(hook.err.tail);
  return absl::StrCat(err.empty() ? "" : ": ", err, out.empty() ? "" : " (stdout: ", out,
                      out.empty() ? "" : ")");
}

Status RunHook(const spec::Hook& hook, const std::string& state_json, const Surroundings& surroundings) {
  const kernel::Deadline deadline =
      kernel::Deadline::After(hook.timeout ? absl::Seconds(*hook.timeout) : absl::InfiniteDuration());
  TARE_ASSIGN_OR_RETURN(Running running, StartHook(hook, state_json, surroundings));
  const StatusOr<bool> ended = AwaitExit(running, deadline);
  if (!ended.ok() || !*ended) Kill(running);
  TARE_ASSIGN_OR_RETURN(const int wait_status, kernel::Wait(running.child));
  TARE_RETURN_IF_ERROR(ended.status());
  if (!*ended)
    return absl::DeadlineExceededError(absl::StrCat("hook ran past specified timeout of ", *hook.timeout,
                                                    ".0s, and was killed", Quote(running)));
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(Outcome(wait_status), Quote(running)));
}

}  // namespace

Status Run(const std::vector<spec::Hook>& hooks, absl::string_view kind, const std::string& state_json,
           const Surroundings& surroundings) {
  for (size_t i = 0; i < hooks.size(); ++i)
    TARE_RETURN_IF_ERROR(RunOne(hooks, i, kind, state_json, surroundings));
  return absl::OkStatus();
}

Status RunOne(const std::vector<spec::Hook>& hooks, size_t index, absl::string_view kind,
              const std::string& state_json, const Surroundings& surroundings) {
  TARE_STEP(kind, " hook #", index, ": ", hooks[index].path);
  return Annotate(RunHook(hooks[index], state_json, surroundings), "error running ", kind, " hook #", index,
                  ": ", hooks[index].path);
}

}  // namespace tare::hooks
