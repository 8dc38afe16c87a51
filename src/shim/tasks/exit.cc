// How the exits of processes are noticed, saved and reported, and Wait.
#include "container/exit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "base/log.h"
#include "base/utc.h"
#include "commands/kill.h"
#include "container/store.h"
#include "lifecycle/child_process.h"
#include "messages/events.h"
#include "shim/tasks/tasks.h"

namespace tare::shim {
namespace {

using kernel::Message;

std::string ExitFileOf(const Process& process) {
  return process.is_init() ? container::kExitFile : absl::StrCat("exec-", process.exec_id, ".json");
}

// For `delete`, after the shim has died. NotFound if the container is already deleted.
Status SaveExit(const Container& container, const Process& process) {
  TARE_ASSIGN_OR_RETURN(const container::Directory directory,
                        container::Directory::Open(container.runtime.root, container.id));
  return container::SaveExit(directory.fd(), ExitFileOf(process),
                             {.pid = process.pid,
                              .status = process.exit->status,
                              .at = UtcTime(absl::ToTimespec(process.exit->at))});
}

// An exit is reported after the start, and init's exit after all others.
bool CanReportExit(const Container& container, const Process& process) {
  const bool begun = process.phase == Phase::kCreated || process.phase == Phase::kRunning;
  if (!process.exit || !begun) return false;
  return !process.is_init() || std::ranges::none_of(container.execs, [](const auto& exec) {
    return exec.second->phase == Phase::kStarting || exec.second->phase == Phase::kRunning;
  });
}

}  // namespace

void RemoveExitFile(const Container& container, const Process& process) {
  const StatusOr<container::Directory> directory =
      container::Directory::Open(container.runtime.root, container.id);
  if (directory.ok()) unlinkat(directory->fd(), ExitFileOf(process).c_str(), 0);
}

// From here on the exit of the process is noticed. A process that cannot be watched is killed.
Status Tasks::Adopt(const ContainerPtr& container, const ProcessPtr& process, StatusOr<Message> created) {
  TARE_RETURN_IF_ERROR(created.status());
  Status watched = Watch(container, process, *std::move(created));
  if (watched.ok()) return watched;
  if (process->pidfd) (void)kernel::PidfdSendSignal(process->pidfd.get(), SIGKILL);
  process->pid = 0;
  return watched;
}

Status Tasks::Watch(const ContainerPtr& container, const ProcessPtr& process, Message created) {
  TARE_ASSIGN_OR_RETURN(lifecycle::ChildProcess child, lifecycle::ParseChildProcess(std::move(created)));
  process->pid = child.process.pid;
  process->pidfd = std::move(child.process.pidfd);
  TARE_ASSIGN_OR_RETURN(process->until_exit,
                        loop_.Watch(process->pidfd.get(), EPOLLIN,
                                    [this, container, process](uint32_t) { OnExit(container, process); }));
  return process->stdio->Begin(std::move(child.master));
}

void Tasks::OnExit(const ContainerPtr& container, const ProcessPtr& process) {
  siginfo_t ended{};
  const bool known = waitid(P_PIDFD, static_cast<id_t>(process->pidfd.get()), &ended, WEXITED | WNOHANG) == 0;
  if (known && ended.si_pid == 0) return;  // it has not ended yet
  process->until_exit.End();
  process->pidfd.Close();
  int status = 255;  // unknown: it was already waited for
  if (known) status = ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status;
  process->exit = Exit{.status = status, .at = absl::Now()};
  if (process->is_init()) {
    StopWaitingForClients(*container);
    KillRemaining(*container);
  }
  ReportExit(container, process);
}

// Notices the exits that have already happened, before the Loop does.
void Tasks::CollectExits(const ContainerPtr& container) {
  for (const auto& [exec_id, exec] : container->execs) {
    if (exec->alive()) OnExit(container, exec);
  }
  if (container->init->alive()) OnExit(container, container->init);
}

// A process that is being started in a container without init will fail, and init's exit is reported after
// that. So it should fail soon.
void Tasks::StopWaitingForClients(const Container& container) {
  for (const auto& [exec_id, exec] : container.execs) {
    if (exec->being_created()) exec->stdio->StopWaitingForClients();
  }
}

// No process may outlive init.
void Tasks::KillRemaining(const Container& container) {
  if (container.own_pid_namespace) return;  // the kernel does it
  Run([&] { return commands::Kill(container.runtime, container.id, SIGKILL, /*all=*/true); },
      [](const Status&) {});
}

void Tasks::ReportExit(const ContainerPtr& container, const ProcessPtr& process) {
  if (!CanReportExit(*container, *process)) return;
  // Kubernetes and Docker need the OOM event before the exit, to give it as the reason.
  if (container->oom) PublishOom(container);
  // On disk first, so that a shim that dies now does not lose it. There is no directory for a container that
  // is already deleted.
  if (Status saved = SaveExit(*container, *process); !saved.ok() && !absl::IsNotFound(saved))
    log::Warning("cannot save the exit status of ", container->id, " ", process->exec_id, ": ",
                 saved.message());
  process->phase = Phase::kStopped;
  Publish(*container, "/tasks/exit",
          WithExit(messages::TaskExit{.container_id = container->id,
                                      .id = process->is_init() ? container->id : process->exec_id,
                                      .pid = static_cast<uint32_t>(process->pid)},
                   *process->exit));
  RespondToWaiters(*process);
  if (!process->is_init()) ReportExit(container, container->init);
}

void Tasks::PublishOom(const ContainerPtr& container) {
  if (container->oom->Happened())
    Publish(*container, "/tasks/oom", messages::TaskOom{.container_id = container->id});
}

void Tasks::Wait(const Target& target, const messages::WaitRequest&, const Respond& respond) {
  Process& process = *target.process;
  process.waiters.push_back(respond);
  if (process.phase == Phase::kStopped || process.phase == Phase::kFailed) RespondToWaiters(process);
}

void Tasks::RespondToWaiters(Process& process) {
  StatusOr<std::string> response =
      absl::FailedPreconditionError(absl::StrCat("process ", process.exec_id, " was never started"));
  if (process.exit) response = messages::Encode(WithExit(messages::WaitResponse{}, *process.exit));
  for (const Respond& respond : std::exchange(process.waiters, {})) respond(response);
}

}  // namespace tare::shim
