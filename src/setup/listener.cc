#include "setup/listener.h"

#include <sys/socket.h>

#include "kernel/socket.h"
#include "kernel/wait.h"

namespace tare::setup {
namespace {

Status Send(const spec::Seccomp& seccomp, const std::string& message, const kernel::Fd& listener) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd socket, kernel::ConnectUnix(seccomp.listener_path, SOCK_STREAM),
                        "failed to connect with seccomp agent");
  return kernel::Send(socket.get(), message, {listener.get()});
}

}  // namespace

Status PassListener(const spec::Seccomp& seccomp, const spec::State& state, pid_t pid, const Packet& packet) {
  if (packet.fds.size() != 2) return absl::InternalError("the child sent no seccomp listener");
  const std::string message = spec::ContainerProcessStateJson(state, pid, seccomp.listener_metadata);
  TARE_RETURN_IF_ERROR(Send(seccomp, message, packet.fds[0]), "/linux/seccomp/listenerPath");
  return kernel::WaitReadable(packet.fds[1].get(), kernel::Deadline::Never()).status();
}

}  // namespace tare::setup
