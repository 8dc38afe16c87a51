#include "commands/kill.h"

#include <signal.h>

#include <cerrno>

#include "base/log.h"
#include "base/step.h"
#include "commands/ps.h"
#include "commands/supervisor.h"
#include "container/container.h"
#include "kernel/process.h"

namespace tare::commands {
namespace {

using container::Container;

Status SignalInit(Container& container, int signal) {
  if (!container.alive()) return container::NotRunning(container.record.id);
  TARE_STEP("sending signal ", signal, " to process ", container.record.init_pid);
  Status sent = kernel::PidfdSendSignal(container.init.get(), signal);
  if (ErrnoOf(sent) == ESRCH) return container::NotRunning(container.record.id);
  TARE_RETURN_IF_ERROR(sent);
  // A frozen process dies when it thaws.
  if (signal == SIGKILL && container.status == spec::ContainerStatus::kPaused)
    return container.cgroup->Thaw();
  return absl::OkStatus();
}

Status SignalEveryone(Container& container, int signal) {
  TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> pids, container.cgroup->Pids());
  log::Debug("sending signal ", signal, " to ", pids.size(), " processes in the cgroup");
  if (!pids.empty()) TARE_RETURN_IF_ERROR(container.cgroup->SignalAll(signal));
  if (pids.empty() || IsInitApart(container, pids)) return SignalInit(container, signal);
  return absl::OkStatus();
}

// Signals that are meant to end a container, and so to end its restarts, too.
bool EndsContainers(int signal) {
  return signal == SIGTERM || signal == SIGKILL || signal == SIGINT || signal == SIGQUIT;
}

}  // namespace

Status SendSignal(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  // In a pid namespace of its own, the death of init is everybody's.
  const bool own = container.record.own_pid_namespace;
  const bool everyone = signal == SIGKILL ? !own : all && (container.alive() || !own);
  if (!everyone) return SignalInit(container, signal);
  if (container.has_cgroup()) return SignalEveryone(container, signal);
  log::Warning("container ", id, " has no cgroup: only its init process is signalled");
  return SignalInit(container, signal);
}

Status Kill(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all) {
  TARE_ASSIGN_OR_RETURN(session::SupervisorClient supervisor, FindSupervisor(runtime, id));
  bool prevented = false;
  if (EndsContainers(signal)) {
    TARE_ASSIGN_OR_RETURN(prevented, supervisor.StopRestarting());
  } else {
    (void)supervisor.AwaitContainer();
  }
  Status sent = SendSignal(runtime, id, signal, all);
  // The container was waiting for its next start, which is what had to be prevented.
  if (prevented && absl::IsFailedPrecondition(sent)) return absl::OkStatus();
  return sent;
}

}  // namespace tare::commands
