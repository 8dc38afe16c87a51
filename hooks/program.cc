#include "hooks/program.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

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

constexpr size_t kPipeSize = 65536;  // pipe(7): the most that is in a pipe when its writer exits

// One output stream of the program: the reading end of a pipe, and what was read from it.
struct Capture {
  kernel::Fd pipe;
  size_t most = 0;  // as Limits::output
  std::string text = {};

  // Reads what is there now, at most a full pipe. Closes the pipe at the end of the stream.
  void Drain() {
    char buffer[kQuoted];
    for (size_t total = 0; pipe && total < kPipeSize && !exceeded();) {
      const ssize_t got = read(pipe.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return pipe.Close();
      total += static_cast<size_t>(got);
      text.append(buffer, static_cast<size_t>(got));
      if (most == 0 && text.size() > kQuoted) text.erase(0, text.size() - kQuoted);
    }
  }

  bool exceeded() const { return most != 0 && text.size() > most; }
};

// A running program, and what it has written so far.
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
  // The program's end stays blocking: it is another file description, which has its own mode.
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(pipe.reader.get()));
  return pipe;
}

StatusOr<kernel::Child> Spawn(const spec::Hook& program, const std::array<int, 3>& stdio,
                              const Surroundings& surroundings) {
  if (surroundings.confine != nullptr) return SpawnConfinedHook(program, stdio, surroundings);
  TARE_ASSIGN_OR_RETURN(const pid_t pid, SpawnHook(program, stdio, surroundings));
  // It has not been waited for, so the pid cannot be another process's.
  StatusOr<kernel::Fd> pidfd = kernel::PidfdOpen(pid);
  if (pidfd.ok()) return kernel::Child{pid, *std::move(pidfd)};
  kill(-pid, SIGKILL);
  (void)kernel::Wait(kernel::Child{.pid = pid});
  return pidfd.status();
}

StatusOr<Running> Start(const spec::Hook& program, const std::string& input, const Surroundings& surroundings,
                        const Limits& limits) {
  // As standard input a file is better than a pipe: writing it never blocks, and never fails because the
  // program does not read it.
  TARE_ASSIGN_OR_RETURN(const kernel::Fd in, kernel::MemoryFile("state.json", input));
  TARE_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  TARE_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  const std::array<int, 3> stdio = {in.get(), surroundings.out < 0 ? out.writer.get() : surroundings.out,
                                    surroundings.err < 0 ? err.writer.get() : surroundings.err};
  TARE_ASSIGN_OR_RETURN(kernel::Child child, Spawn(program, stdio, surroundings));
  return Running{.child = std::move(child),
                 .out = {std::move(out.reader), limits.output},
                 .err = {std::move(err.reader)}};
}

// Reads what the program writes until its process has exited or a limit is exceeded. It does not wait for the
// end of the output: a daemon that the program has left behind may keep the pipes open for ever.
StatusOr<Ending> AwaitEnd(Running& program, kernel::Deadline deadline) {
  for (;;) {
    // The descriptor of a stream that has ended is -1.
    std::array<pollfd, 3> waiting = {pollfd{.fd = program.child.pidfd.get(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = program.out.pipe.get(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = program.err.pipe.get(), .events = POLLIN, .revents = 0}};
    TARE_RETURN_IF_ERROR(kernel::WaitForAny(waiting, deadline).status());
    const bool ended = waiting[0].revents != 0;
    program.out.Drain();
    program.err.Drain();
    if (program.out.exceeded()) return Ending::kWroteTooMuch;
    if (ended) return Ending::kExited;
    if (deadline.passed()) return Ending::kTimedOut;
  }
}

// The process group includes the program's children, which would otherwise live on. The program itself may
// have left its group.
void Kill(const Running& program) {
  kill(-program.child.pid, SIGKILL);
  (void)kernel::PidfdSendSignal(program.child.pidfd.get(), SIGKILL);
}

}  // namespace

bool Finished::succeeded() const {
  return ending == Ending::kExited && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

StatusOr<Finished> RunProgram(const spec::Hook& program, const std::string& input,
                              const Surroundings& surroundings, const Limits& limits) {
  const kernel::Deadline deadline = kernel::Deadline::After(limits.time);
  TARE_ASSIGN_OR_RETURN(Running running, Start(program, input, surroundings, limits));
  const StatusOr<Ending> ending = AwaitEnd(running, deadline);
  if (!ending.ok() || *ending != Ending::kExited) Kill(running);
  TARE_ASSIGN_OR_RETURN(const int wait_status, kernel::Wait(running.child));
  TARE_RETURN_IF_ERROR(ending.status());
  return Finished{.ending = *ending,
                  .wait_status = wait_status,
                  .out = std::move(running.out.text),
                  .err = std::move(running.err.text)};
}

std::string Outcome(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrCat("exit status ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  // A seccomp filter's doing, in runc's words.
  const char* what = signal == SIGSYS ? ": bad system call" : "";
  return absl::StrCat("killed by signal ", signal, name ? absl::StrCat(" (SIG", name, ")") : "", what);
}

}  // namespace tare::hooks
