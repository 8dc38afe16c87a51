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
        "descriptor 3 is no listening socket: a shim is begun by its start action");
  if (fcntl(kServedSocket, F_SETFD, FD_CLOEXEC) != 0) return ErrnoError(errno, "fcntl(F_SETFD)");
  return Fd(kServedSocket);
}

// A container's processes must not see where its shim came from, nor what systemd gave to containerd.
void CleanEnvironment() {
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"}) unsetenv(name);
}

// Leaves when containerd has asked for it and knows everything.
class Leaving {
 public:
  Leaving(kernel::Loop& loop, const Publisher& publisher) : loop_(loop), publisher_(publisher) {}

  void Begin() {
    if (publisher_.idle()) return Stop();
    again_ = loop_.After(absl::Milliseconds(20), [this] { Begin(); });
  }

 private:
  // The answer that lets containerd go on is sent first.
  void Stop() {
    again_ = loop_.After(absl::Milliseconds(5), [this] { loop_.Stop(); });
  }

  kernel::Loop& loop_;
  const Publisher& publisher_;
  kernel::Loop::Registration again_;
};

Status Run(const CommandLine& line, Fd socket) {
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<kernel::Loop> loop, kernel::Loop::Make());
  const char* events = getenv("TTRPC_ADDRESS");
  Publisher publisher(*loop, events == nullptr ? "" : events, line.containerd_namespace);
  Leaving leaving(*loop, publisher);
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<Tasks> tasks,
                        Tasks::Make(*loop, publisher, line.containerd_namespace, [&] { leaving.Begin(); }));
  TARE_ASSIGN_OR_RETURN(const std::unique_ptr<ttrpc::Server> server,
                        ttrpc::Server::Make(*loop, std::move(socket),
                                            [&](const ttrpc::Call& call, const ttrpc::Respond& respond) {
                                              tasks->Handle(call, respond);
                                            }));
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
  // Open before the Loop: workers keep these two.
  const Fd log = OpenLog(line.debug);
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
  // The bundle goes before the shim does.
  if (chdir("/") != 0) return ErrnoError(errno, "chdir(/)");

  Status ended = Run(line, std::move(socket));
  if (!ended.ok()) log::Error(ended.message());
  unlink(line.socket.c_str());
  return ended;
}

}  // namespace tare::shim
