#include "commands/stop.h"

#include <signal.h>

#include "commands/kill.h"
#include "commands/supervisor.h"
#include "container/container.h"

namespace tare::commands {
namespace {

using container::Container;
using session::kPromptly;
using session::Readable;

Status SignalIfRunning(const lifecycle::Runtime& runtime, const std::string& id, int signal,
                       bool all = false) {
  Status sent = SendSignal(runtime, id, signal, all);
  return absl::IsFailedPrecondition(sent) ? absl::OkStatus() : sent;
}

Status EndInit(const lifecycle::Runtime& runtime, const Container& container, ChooseSignal choose,
               absl::Duration timeout) {
  if (!container.alive()) return absl::OkStatus();
  const std::string& id = container.record.id;
  TARE_ASSIGN_OR_RETURN(const int signal, choose(container.record.annotations));
  TARE_RETURN_IF_ERROR(SignalIfRunning(runtime, id, signal));
  // Init may end between the timeout and the second signal.
  if (!Readable(container.init.get(), timeout)) TARE_RETURN_IF_ERROR(SignalIfRunning(runtime, id, SIGKILL));
  if (Readable(container.init.get(), kPromptly)) return absl::OkStatus();
  return absl::DeadlineExceededError("the init process is still running 10 s after SIGKILL");
}

// Processes outlive init if the pid namespace is not the container's own.
Status EndOthers(const lifecycle::Runtime& runtime, const Container& container) {
  if (container.record.own_pid_namespace || !container.has_cgroup()) return absl::OkStatus();
  return SignalIfRunning(runtime, container.record.id, SIGKILL, /*all=*/true);
}

}  // namespace

Status Stop(const lifecycle::Runtime& runtime, const std::string& id, ChooseSignal choose,
            absl::Duration timeout) {
  TARE_ASSIGN_OR_RETURN(session::SupervisorClient supervisor, FindSupervisor(runtime, id));
  TARE_RETURN_IF_ERROR(supervisor.StopRestarting().status());
  TARE_ASSIGN_OR_RETURN(const Container container, container::Load(runtime.root, id));
  TARE_RETURN_IF_ERROR(EndInit(runtime, container, choose, timeout));
  TARE_RETURN_IF_ERROR(EndOthers(runtime, container));
  supervisor.AwaitSupervisorExit();
  return absl::OkStatus();
}

}  // namespace tare::commands
