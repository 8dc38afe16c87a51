#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "kernel/file.h"
#include "kernel/loop.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "sandbox/service.h"
#include "security/own_executable.h"
#include "shim/commands.h"
#include "shim/publisher.h"
#include "shim/tasks/tasks.h"
#include "ttrpc/server.h"

namespace tare::shim {
namespace {

using kernel::Fd;

constexpr char kLogFifo[] = "log";  // in the bundle, read by containerd
constexpr absl::Duration kResponseTakes = absl::Milliseconds(5);
constexpr absl::Duration kTrimAfter = absl::Seconds(1);
constexpr absl::Duration kIdleAtMost = absl::Minutes(1);

absl::string_view EventsAddress() {
  const char* address = getenv("TTRPC_ADDRESS");
  return address == nullptr ? "" : address;
}

// Opened for reading, too, so that writing does not fail when containerd is gone. What does not fit is lost.
Fd OpenLog(bool debug) {
  StatusOr<Fd> fifo = kernel::Open(kLogFifo, O_RDWR | O_NONBLOCK);
  if (!fifo.ok()) return Fd();
  log::OpenAt(fifo->get(), debug ? log::Level::kDebug : log::Level::kInfo);
  return *std::move(fifo);
}

StatusOr<Fd> ServedSocket() {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(kServedSocket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0)
    return absl::FailedPreconditionError(
        "descriptor 3 is not a listening socket: use the action \"start\" to start a shim");
  if (fcntl(kServedSocket, F_SETFD, FD_CLOEXEC) != 0) return ErrnoError(errno, "fcntl(F_SETFD)");
  return Fd(kServedSocket);
}

// A container's processes must not see what systemd gave to containerd.
void CleanEnvironment() {
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"}) unsetenv(name);
}

class Service {
 public:
  Service(kernel::Loop& loop, const CommandLine& line)
      : loop_(loop),
        line_(line),
        publisher_(loop, EventsAddress(), line.containerd_namespace),
        sandbox_(loop, {.containerd_namespace = line.containerd_namespace,
                        .task_service = [this](const auto& call,
                                               const auto& respond) { tasks_->Handle(call, respond); },
                        .containers = [this] { return tasks_->ids(); },
                        .shut_down = [this] { ShutDown(); }}) {}

  Status Begin(Fd socket) {
    TARE_ASSIGN_OR_RETURN(tasks_,
                          Tasks::Make(loop_, publisher_, line_.containerd_namespace, [this] { ShutDown(); }));
    TARE_ASSIGN_OR_RETURN(server_,
                          ttrpc::Server::Make(loop_, std::move(socket),
                                              [this](const ttrpc::Call& call, const ttrpc::Respond& respond) {
                                                Handle(call, respond);
                                                TrimWhenIdle();
                                                ShutDownWhenUnused();
                                              }));
    TrimWhenIdle();
    ShutDownWhenUnused();
    return absl::OkStatus();
  }

 private:
  // A client that is still connected may call this, but the container would lose its shim.
  void Handle(const ttrpc::Call& call, const ttrpc::Respond& respond) {
    if (shutting_down_ && (call.method == "Create" || call.method == "CreateSandbox"))
      return respond(absl::UnavailableError("the shim is shutting down"));
    call.service == sandbox::kService ? sandbox_.Handle(call, respond) : tasks_->Handle(call, respond);
  }

  // The socket is removed before containerd gets its response: a new container of the same name then gets a
  // shim of its own, whose socket has the same path.
  void ShutDown() {
    if (std::exchange(shutting_down_, true)) return;
    server_->StopListening();
    unlink(line_.socket.c_str());
    publisher_.WhenIdle([this] { stop_ = loop_.After(kResponseTakes, [this] { loop_.Stop(); }); });
  }

  void TrimWhenIdle() {
    trim_ = loop_.After(kTrimAfter, [] { kernel::GiveBackMemory(); });
  }

  // If containerd dies between `start` and Create, or between Delete and Shutdown, it does not know this shim
  // afterwards and never shuts it down. Or it connects again but sends no requests, and the name of the
  // container stays in use.
  void ShutDownWhenUnused() {
    unused_ = loop_.After(kIdleAtMost, [this] { tasks_->empty() ? ShutDown() : ShutDownWhenUnused(); });
  }

  kernel::Loop& loop_;
  const CommandLine& line_;
  Publisher publisher_;
  std::unique_ptr<Tasks> tasks_;
  sandbox::Service sandbox_;
  std::unique_ptr<ttrpc::Server> server_;
  bool shutting_down_ = false;
  kernel::Loop::Registration stop_, trim_, unused_;
};

Status Run(const CommandLine& line, Fd socket) {
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<kernel::Loop> loop, kernel::Loop::Make());
  Service service(*loop, line);
  TARE_RETURN_IF_ERROR(service.Begin(std::move(socket)));
  return loop->Run();
}

}  // namespace

Status Serve(const CommandLine& line) {
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  TARE_ASSIGN_OR_RETURN(Fd socket, ServedSocket());
  prctl(PR_SET_NAME, "containerd-shim", 0, 0, 0);
  CleanEnvironment();
  signal(SIGHUP, SIG_IGN);
  TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  // Workers keep these two descriptors.
  const Fd log = OpenLog(line.debug);
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
  // The bundle is removed before the shim exits.
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");

  Status ended = Run(line, std::move(socket));
  if (!ended.ok()) {
    log::Error(ended.message());
    unlink(line.socket.c_str());
  }
  return ended;
}

}  // namespace tare::shim
