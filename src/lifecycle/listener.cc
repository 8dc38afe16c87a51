#include "lifecycle/listener.h"

#include <sys/socket.h>

#include "kernel/socket.h"

namespace tare::lifecycle {

Status SendListener(const spec::Seccomp& seccomp, const spec::State& state, pid_t pid,
                    const kernel::Fd& listener) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd socket, kernel::ConnectUnix(seccomp.listener_path, SOCK_STREAM),
                        "/linux/seccomp/listenerPath");
  const std::string message = spec::ContainerProcessStateJson(state, pid, seccomp.listener_metadata);
  return Annotate(kernel::Send(socket.get(), message, {listener.get()}), "/linux/seccomp/listenerPath");
}

}  // namespace tare::lifecycle
