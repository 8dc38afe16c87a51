#include "supervise/launch.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/log.h"
#include "base/step.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "lifecycle/destroy.h"
#include "security/own_executable.h"
#include "session/client.h"
#include "session/session.h"
#include "setup/inherited_fds.h"
#include "supervise/supervisor.h"

namespace tare::supervise {
namespace {

using kernel::Fd;

Status Check(const Options& options) {
  if (options.create.console_socket.empty()) return absl::OkStatus();
  return InvalidError(
      "--console-socket cannot be used with --supervise: the supervisor keeps the terminal (see `tare "
      "attach`)");
}

StatusOr<std::string> Absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  TARE_ASSIGN_OR_RETURN(std::string here, kernel::RealPath("."));
  return path == "." ? here : absl::StrCat(here, "/", path);
}

// The descriptors that our caller left open. All of our own are close-on-exec.
StatusOr<std::vector<int>> InheritedFds() {
  TARE_ASSIGN_OR_RETURN(const Fd directory, kernel::Open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, kernel::ListDirectory(directory.get()));
  std::vector<int> inherited;
  for (const std::string& name : names) {
    int fd = 0;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    const int flags = fcntl(fd, F_GETFD);
    if (fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0) inherited.push_back(fd);
  }
  return inherited;
}

// Keeps nothing of our caller's except the descriptors for the container: not its terminal, no pipe whose
// reader waits for its end, no directory. Returns the first descriptor after those of the container.
StatusOr<int> DetachFromCaller(int preserve_fds) {
  TARE_ASSIGN_OR_RETURN(const std::vector<int> inherited, InheritedFds());
  TARE_ASSIGN_OR_RETURN(const setup::InheritedFds passed, setup::PassFds(preserve_fds));
  for (int fd : inherited)
    if (fd >= passed.first_closed) close(fd);
  TARE_RETURN_IF_ERROR(kernel::SetStandardStreams({-1, -1, -1}));
  if (setsid() < 0) return ErrnoError(errno, "setsid");
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");
  return passed.first_closed;
}

constexpr char kParentExited[] = "go";  // the launcher's message to the supervisor

// Returns the pidfd of a process whose parent has exited, so that it is a child of the machine's init or of
// another subreaper. After SIGTERM, systemd waits for the main process of a service (MAINPID=) only if that
// was systemd's child when it was reported; any other is killed at once (see service_set_main_pidref();
// systemd.kill(5) does not mention it).
StatusOr<Fd> SpawnOrphan(absl::FunctionRef<int()> body) {
  TARE_STEP("start the supervisor");
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  TARE_ASSIGN_OR_RETURN(const kernel::Child parent, kernel::Spawn({}, [&] {
                          const StatusOr<kernel::Child> orphan = kernel::Spawn({}, [&] {
                            ends.first.Close();
                            ends.second.Close();
                            return body();
                          });
                          const Status told =
                              orphan.ok() ? kernel::Send(ends.second.get(), "pidfd", {orphan->pidfd.get()})
                                          : kernel::Send(ends.second.get(), SerializeStatus(orphan.status()));
                          return told.ok() ? 0 : 1;
                        }));
  ends.second.Close();
  TARE_RETURN_IF_ERROR(kernel::Wait(parent).status());
  TARE_ASSIGN_OR_RETURN(kernel::Message message, kernel::Receive(ends.first.get()));
  if (message.fds.size() == 1) return std::move(message.fds[0]);
  if (message.bytes.empty()) return absl::AbortedError("the supervisor's parent was killed");
  return ParseStatus(message.bytes);
}

// Waits until the launcher has seen our parent exit. False: the launcher itself is gone.
bool AwaitParentExit(const Fd& launcher) {
  const StatusOr<kernel::Message> message = kernel::Receive(launcher.get());
  return message.ok() && message->bytes == kParentExited;
}

Status RunSupervisor(const lifecycle::Runtime& runtime, const Options& options,
                     const session::Session& session, Fd& launcher) {
  TARE_ASSIGN_OR_RETURN(const int first_own, DetachFromCaller(options.create.preserve_fds));
  // The processes that a container's process or a Worker leaves behind become our children.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  // A user's process writes the id maps of its containers, for which it has to be dumpable.
  if (geteuid() == 0) TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  return Supervisor::Run(runtime, options, session, launcher, first_own);
}

// The supervisor's answer. Before it reports an error, it removes what it has created.
Status ReceiveResult(const lifecycle::Runtime& runtime, const std::string& id, int connection,
                     const Fd& supervisor) {
  const StatusOr<kernel::Message> answer =
      session::ReceiveReply(connection, supervisor, absl::InfiniteDuration());
  if (answer.ok()) return ParseStatus(answer->bytes);
  if (!absl::IsUnavailable(answer.status())) return answer.status();
  // Its worker died with it, so we remove what they have created.
  if (Status deleted = lifecycle::Destroy(runtime, id); !deleted.ok())
    log::Warning("container ", id, " cannot be removed (try `tare delete --force ", id,
                 "`): ", deleted.message());
  return absl::AbortedError("the supervisor was killed");
}

}  // namespace

Status Launch(lifecycle::Runtime runtime, Options options) {
  runtime.ask_supervisor = false;  // we are about to become it
  TARE_RETURN_IF_ERROR(Check(options));
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  TARE_ASSIGN_OR_RETURN(options.create.bundle, Absolute(options.create.bundle));
  for (std::string* path : {&options.create.config_file, &options.create.pid_file}) {
    if (path->empty()) continue;
    TARE_ASSIGN_OR_RETURN(*path, Absolute(*path));
  }
  TARE_ASSIGN_OR_RETURN(const session::Session session,
                        session::Session::Claim(runtime.root, options.create.id));
  if (options.log.path.empty()) options.log.path = session::DefaultLog(session);
  options.log.starts = session::LogStartsOf(session);
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  const StatusOr<Fd> supervisor = SpawnOrphan([&] {
    ends.first.Close();
    if (!AwaitParentExit(ends.second)) return 1;
    const Status status = RunSupervisor(runtime, options, session, ends.second);
    if (!status.ok()) (void)kernel::Send(ends.second.get(), SerializeStatus(status));
    return status.ok() ? 0 : 1;
  });
  ends.second.Close();
  Status launched = supervisor.status();
  if (launched.ok()) {
    (void)kernel::Send(ends.first.get(), kParentExited);  // an error shows up in ReceiveResult()
    launched = ReceiveResult(runtime, options.create.id, ends.first.get(), *supervisor);
  }
  if (!launched.ok()) (void)session.Remove();
  return launched;
}

}  // namespace tare::supervise
