// Delete: forgets an exec that has ended, or removes a container.
#include "lifecycle/destroy.h"
#include "messages/events.h"
#include "shim/bundle.h"
#include "shim/rootfs_mount.h"
#include "shim/tasks/tasks.h"

namespace tare::shim {
namespace {

constexpr absl::Duration kDrainAtMost = absl::Seconds(10);

messages::DeleteResponse ResponseFor(const Process& process) {
  const messages::DeleteResponse response{.pid = static_cast<uint32_t>(process.pid)};
  return process.exit ? WithExit(response, *process.exit) : response;
}

}  // namespace

Status KillAndRemove(const Container& container) {
  if (!container.restore) TARE_RETURN_IF_ERROR(lifecycle::Destroy(container.runtime, container.id));
  return UnmountRootfs(RootfsOf(container.bundle));
}

void Tasks::Delete(const Target& target, const messages::DeleteRequest&, const Respond& respond) {
  Enqueue(target, respond, [this, target](const Respond& finish) {
    const auto& [container, process] = target;
    if (process->phase == Phase::kRunning || process->phase == Phase::kStarting)
      return finish(absl::FailedPreconditionError("cannot delete a running process"));
    process->is_init() ? DeleteInit(container, finish) : DeleteExec(container, process, finish);
  });
}

void Tasks::DeleteExec(const ContainerPtr& container, const ProcessPtr& exec, const Respond& respond) {
  const auto finish = [this, container, exec, respond] { FinishDeleteExec(container, exec, respond); };
  exec->exit ? exec->stdio->WhenDrained(kDrainAtMost, finish) : finish();
}

void Tasks::FinishDeleteExec(const ContainerPtr& container, const ProcessPtr& exec, const Respond& respond) {
  RespondToWaiters(*exec);
  // An exec probe every ten seconds must not fill /run.
  if (exec->exit) RemoveExitFile(*container, *exec);
  exec->stdio.reset();
  container->execs.erase(exec->exec_id);
  Reply(respond, ResponseFor(*exec));
}

void Tasks::DeleteInit(const ContainerPtr& container, const Respond& respond) {
  // Beside an init that has not been started, an exec may be starting. Its result is reported first.
  StopWaitingForClients(*container);
  for (const auto& [exec_id, exec] : container->execs) {
    if (exec->being_created())
      return exec->delayed_requests.push_back([this, container, respond] { DeleteInit(container, respond); });
  }
  const auto remove = [this, container, respond] { RemoveContainer(container, respond); };
  const Process& init = *container->init;
  init.phase == Phase::kStopped ? init.stdio->WhenDrained(kDrainAtMost, remove) : remove();
}

void Tasks::RemoveContainer(const ContainerPtr& container, const Respond& respond) {
  const Phase before = container->init->phase;
  // The exit of an init that is killed by this must not be saved in the directory while that is being
  // removed: rmdir(2) would fail.
  if (before == Phase::kCreated) container->init->phase = Phase::kDeleting;
  Run([&] { return KillAndRemove(*container); },
      [this, container, before, respond](const Status& removed) {
        container->init->phase = before;
        FinishDeleteInit(container, removed, respond);
      });
}

void Tasks::FinishDeleteInit(const ContainerPtr& container, const Status& removed, const Respond& respond) {
  Process& init = *container->init;
  if (removed.ok()) CollectExits(container);
  ReportExit(container, container->init);
  if (!removed.ok()) return respond(RuntimeError(removed));
  container->on_oom.End();
  init.stdio.reset();
  // Those that are still alive respond to their waiters when they end.
  for (const auto& [exec_id, exec] : container->execs) {
    if (!exec->alive()) RespondToWaiters(*exec);
  }
  containers_.erase(container->id);
  const messages::DeleteResponse response = ResponseFor(init);
  Publish(*container, "/tasks/delete",
          messages::TaskDelete{.container_id = container->id,
                               .pid = response.pid,
                               .exit_status = response.exit_status,
                               .exited_at = response.exited_at});
  Reply(respond, response);
}

}  // namespace tare::shim
