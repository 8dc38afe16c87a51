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
#include "security/own_executable.h"
#include "shim/actions.h"
#include "shim/publisher.h"
#include "shim/tasks.h"
#include "ttrpc/server.h"

namespace tare::shim {
namespace {

using kernel::Fd;

constexpr char kLogFifo[] = "log";  // containerd's, in the bundle
constexpr absl::Duration kAnswerTakes = absl::Milliseconds(5);
constexpr absl::Duration kRestAfter = absl::Seconds(1);
constexpr absl::Duration kAloneAtMost = absl::Minutes(1);

absl::string_view EventsAddress() {
  const char* address = getenv("TTRPC_ADDRESS");
  return address == nullptr ? "" : address;
}

// Open at both ends, so that a containerd that is gone ends nothing; what does not fit is lost.
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

// A container's processes must not see where its shim came from, nor what systemd gave to containerd.
void CleanEnvironment() {
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"}) unsetenv(name);
}

class Service {
 public:
  Service(kernel::Loop& loop, const CommandLine& line)
      : loop_(loop), line_(line), publisher_(loop, EventsAddress(), line.containerd_namespace) {}

  Status Begin(Fd socket) {
    TARE_ASSIGN_OR_RETURN(
        tasks_, Tasks::Make(loop_, publisher_, line_.containerd_namespace, [this] { BeginToLeave(); }));
    TARE_ASSIGN_OR_RETURN(server_,
                          ttrpc::Server::Make(loop_, std::move(socket),
                                              [this](const ttrpc::Call& call, const ttrpc::Respond& respond) {
                                                Handle(call, respond);
                                                Rest();
                                                LeaveIfAlone();
                                              }));
    Rest();
    LeaveIfAlone();
    return absl::OkStatus();
  }

 private:
  // A client that was there before may still call; a container made now would be left alone.
  void Handle(const ttrpc::Call& call, const ttrpc::Respond& respond) {
    if (leaving_ && call.method == "Create")
      return respond(absl::UnavailableError("the shim is shutting down"));
    tasks_->Handle(call, respond);
  }

  // Out of sight before containerd is answered: a container of the same name gets a shim of its own, whose
  // socket is then at this path.
  void BeginToLeave() {
    if (std::exchange(leaving_, true)) return;
    server_->StopListening();
    unlink(line_.socket.c_str());
    publisher_.WhenIdle([this] { leave_ = loop_.After(kAnswerTakes, [this] { loop_.Stop(); }); });
  }

  void Rest() {
    rest_ = loop_.After(kRestAfter, [] { kernel::GiveBackMemory(); });
  }

  // A containerd that died between `start` and Create, or between Delete and Shutdown, does not ask for what
  // it does not know of; or it connects again, asks nothing, and takes the name of the container for taken.
  void LeaveIfAlone() {
    alone_ = loop_.After(kAloneAtMost, [this] { tasks_->empty() ? BeginToLeave() : LeaveIfAlone(); });
  }

  kernel::Loop& loop_;
  const CommandLine& line_;
  Publisher publisher_;
  std::unique_ptr<Tasks> tasks_;
  std::unique_ptr<ttrpc::Server> server_;
  bool leaving_ = false;
  kernel::Loop::Registration leave_, rest_, alone_;
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
  // Workers keep these two, and nothing else.
  const Fd log = OpenLog(line.debug);
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
  // The bundle goes before the shim does.
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");

  Status ended = Run(line, std::move(socket));
  if (!ended.ok()) {
    log::Error(ended.message());
    unlink(line.socket.c_str());
  }
  return ended;
}

}  // namespace tare::shim
