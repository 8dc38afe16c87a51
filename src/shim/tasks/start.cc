// Exec adds a process to a container. Start opens init's start gate, or creates the process that Exec added.
#include "commands/start.h"

#include "container/container.h"
#include "lifecycle/exec/exec.h"
#include "messages/events.h"
#include "shim/tasks/tasks.h"

namespace tare::shim {
namespace {

using kernel::Message;

StatusOr<Message> CreateExec(const Container& container, const Process& process) {
  lifecycle::ExecOptions options{.id = container.id,
                                 .process_json = process.document,
                                 .tty = process.stdio->names().terminal,
                                 .console_size = process.stdio->size()};
  StatusOr<lifecycle::ChildProcess> exec = lifecycle::ExecInWorker(container.runtime, options);
  if (!exec.ok()) return OciRuntimeError("exec", exec.status());
  return lifecycle::ToMessage(*std::move(exec));
}

bool IsAlive(const Container& container) {
  return container.init->alive() && container.init->phase != Phase::kDeleting;
}

// Exec fails, not only Start, and with these words, as in containerd's own shim.
Status CheckExec(const Container& container) {
  if (!IsAlive(container)) return absl::UnknownError("cannot exec in a stopped state");
  if (container.paused) return absl::UnknownError("cannot exec in a paused state");
  return absl::OkStatus();
}

Status CheckStart(const Container& container, const Process& exec) {
  if (!IsAlive(container)) return container::NotRunning(container.id);
  if (exec.phase == Phase::kFailed)
    return absl::FailedPreconditionError(absl::StrCat("process ", exec.exec_id, " could not be started"));
  if (exec.phase != Phase::kAdded)
    return absl::FailedPreconditionError(absl::StrCat("process ", exec.exec_id, " has already been started"));
  return absl::OkStatus();
}

}  // namespace

void Tasks::Exec(const Target& target, const messages::ExecProcessRequest& request, const Respond& respond) {
  Container& container = *target.container;
  if (Status id = container::CheckId(request.exec_id); !id.ok()) return respond(id);
  if (Status allowed = CheckExec(container); !allowed.ok()) return respond(allowed);
  if (container.execs.contains(request.exec_id))
    return respond(absl::AlreadyExistsError(absl::StrCat("process ", request.exec_id, " already exists")));
  auto process = std::make_shared<Process>();
  process->exec_id = request.exec_id;
  process->document = request.spec.value;
  process->stdio = std::make_unique<streams::Stdio>(loop_, StdioNamesIn(request), container.owner);
  container.execs[request.exec_id] = process;
  Publish(container, "/tasks/exec-added",
          messages::TaskExecAdded{.container_id = request.id, .exec_id = request.exec_id});
  Reply(respond, messages::Empty{});
}

void Tasks::Start(const Target& target, const messages::StartRequest&, const Respond& respond) {
  Enqueue(target, respond, [this, target](const Respond& finish) {
    target.process->is_init() ? StartInit(target.container, finish)
                              : StartExec(target.container, target.process, finish);
  });
}

void Tasks::StartInit(const ContainerPtr& container, const Respond& respond) {
  if (container->init->phase != Phase::kCreated)
    return respond(absl::FailedPreconditionError(
        absl::StrCat("container ", container->id, " is not in the created state")));
  if (container->restore) return StartRestored(container, respond);
  container->init->phase = Phase::kStarting;
  Run([&] { return commands::Start(container->runtime, container->id); },
      [this, container, respond](const Status& started) { OnInitStarted(container, started, respond); });
}

void Tasks::OnInitStarted(const ContainerPtr& container, const Status& started, const Respond& respond) {
  container->init->phase = started.ok() ? Phase::kRunning : Phase::kCreated;
  if (started.ok()) {
    const auto pid = static_cast<uint32_t>(container->init->pid);
    Publish(*container, "/tasks/start", messages::TaskStart{.container_id = container->id, .pid = pid});
    Reply(respond, messages::StartResponse{.pid = pid});
  } else {
    respond(OciRuntimeError("start", started));
  }
  ReportExit(container, container->init);
}

void Tasks::StartExec(const ContainerPtr& container, const ProcessPtr& exec, const Respond& respond) {
  if (Status allowed = CheckStart(*container, *exec); !allowed.ok()) return respond(allowed);
  exec->phase = Phase::kStarting;
  RunWithStdio(
      exec, [container, exec] { return CreateExec(*container, *exec); },
      [this, container, exec, respond](StatusOr<Message> result) {
        OnExecStarted(container, exec, Adopt(container, exec, std::move(result)), respond);
      });
}

void Tasks::OnExecStarted(const ContainerPtr& container, const ProcessPtr& exec, const Status& started,
                          const Respond& respond) {
  exec->phase = started.ok() ? Phase::kRunning : Phase::kFailed;
  exec->document.clear();
  if (started.ok()) {
    const auto pid = static_cast<uint32_t>(exec->pid);
    Publish(*container, "/tasks/exec-started",
            messages::TaskExecStarted{.container_id = container->id, .exec_id = exec->exec_id, .pid = pid});
    Reply(respond, messages::StartResponse{.pid = pid});
  } else {
    exec->stdio =
        std::make_unique<streams::Stdio>(loop_, exec->stdio->names(), container->owner);  // closes its files
    RespondToWaiters(*exec);
    respond(started);
  }
  HandleDelayedRequests(*exec);
  // If init ended in the meantime, the new process was perhaps not killed with the others, and init's exit
  // may have waited for this start.
  if (container->init->exit) KillRemaining(*container);
  ReportExit(container, container->init);
}

}  // namespace tare::shim
