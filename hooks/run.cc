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
#include "hooks/confined.h"
#include "hooks/spawn.h"
#include "kernel/descriptors.h"
#include "kernel/fd.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/wait.h"

namespace tare::hooks {
namespace {

constexpr size_t kKept = 4096;       // bytes of each stream that an error quotes
constexpr size_t kPipeSize = 65536;  // pipe(7): what can be in a pipe when its writer ends

// One stream of the hook: the reading end of a pipe, and the last that came out of it.
struct Capture {
  kernel::Fd pipe;
  std::string tail;

  // What is there now, at most a pipe full. At the end of the stream the pipe is closed.
  void Drain() {
    char buffer[kKept];
    for (size_t total = 0; pipe && total < kPipeSize;) {
      const ssize_t got = read(pipe.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return pipe.Close();
      total += static_cast<size_t>(got);
      tail.append(buffer, static_cast<size_t>(got));
      if (tail.size() > kKept) tail.erase(0, tail.size() - kKept);
    }
  }
};

// A running hook, and what it wrote so far.
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
  // Only our end: the hook's has a file description, and so a mode, of its own.
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(pipe.reader.get()));
  return pipe;
}

StatusOr<kernel::Child> Spawn(const spec::Hook& hook, const std::array<int, 3>& stdio,
                              const Surroundings& surroundings) {
  if (surroundings.confine != nullptr) return SpawnConfinedHook(hook, stdio, surroundings);
  TARE_ASSIGN_OR_RETURN(const pid_t pid, SpawnHook(hook, stdio, surroundings));
  // Not waited for yet, so that the pid is still its.
  StatusOr<kernel::Fd> pidfd = kernel::PidfdOpen(pid);
  if (pidfd.ok()) return kernel::Child{pid, *std::move(pidfd)};
  kill(-pid, SIGKILL);
  (void)kernel::Wait(kernel::Child{.pid = pid});
  return pidfd.status();
}

StatusOr<Running> StartHook(const spec::Hook& hook, const std::string& state_json,
                            const Surroundings& surroundings) {
  // A file as standard input is never too full to write and never breaks when the hook does not read it.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd in, kernel::MemoryFile("state.json", state_json));
  TARE_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  TARE_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  TARE_ASSIGN_OR_RETURN(kernel::Child child,
                        Spawn(hook, {in.get(), out.writer.get(), err.writer.get()}, surroundings));
  return Running{
      .child = std::move(child), .out = {std::move(out.reader), {}}, .err = {std::move(err.reader), {}}};
}

// Reads what the hook writes until it ends (true) or the deadline passes (false). The end of the process
// counts, not that of its output: a daemon that it left behind may hold the pipes open for ever.
StatusOr<bool> Attend(Running& hook, kernel::Deadline deadline) {
  for (;;) {
    // A stream that has ended is -1.
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

// With the group go the hook's own children; without, they would live on, and the hook may have left its
// group.
void Kill(const Running& hook) {
  kill(-hook.child.pid, SIGKILL);
  (void)kernel::PidfdSendSignal(hook.child.pidfd.get(), SIGKILL);
}

std::string Outcome(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrCat("exit status ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  // A filter's work, in runc's words.
  const char* what = signal == SIGSYS ? ": bad system call" : "";
  return absl::StrCat("killed by signal ", signal, name ? absl::StrCat(" (SIG", name, ")") : "", what);
}

// ": stderr" or ": stderr (stdout: ...)", nothing for a silent hook
std::string Quote(const Running& hook) {
  const absl::string_view out = absl::StripAsciiWhitespace(hook.out.tail);
  const absl::string_view err = absl::StripAsciiWhitespace(hook.err.tail);
  return absl::StrCat(err.empty() ? "" : ": ", err, out.empty() ? "" : " (stdout: ", out,
                      out.empty() ? "" : ")");
}

Status Attempt(const spec::Hook& hook, const std::string& state_json, const Surroundings& surroundings) {
  const kernel::Deadline deadline =
      kernel::Deadline::After(hook.timeout ? absl::Seconds(*hook.timeout) : absl::InfiniteDuration());
  TARE_ASSIGN_OR_RETURN(Running running, StartHook(hook, state_json, surroundings));
  const StatusOr<bool> ended = Attend(running, deadline);
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
  return Annotate(Attempt(hooks[index], state_json, surroundings), "error running ", kind, " hook #", index,
                  ": ", hooks[index].path);
}

}  // namespace tare::hooks
