// The requests that neither begin nor end a process.
#include <unistd.h>

#include "absl/strings/match.h"
#include "commands/kill.h"
#include "commands/pause.h"
#include "commands/ps.h"
#include "commands/update.h"
#include "container/container.h"
#include "messages/events.h"
#include "messages/options.h"
#include "metrics/metrics.h"
#include "shim/tasks/tasks.h"
#include "spec/parse.h"
#include "stats/stats.h"

namespace tare::shim {
namespace {

using kernel::Message;

// The version in the response to Connect; containerd 1.x asked for it here before `start` could print it.
constexpr char kTaskVersion[] = "3";

messages::TaskStatus StatusOf(const Container& container, const Process& process) {
  if (process.phase == Phase::kStopped) return messages::TaskStatus::kStopped;
  if (process.phase != Phase::kRunning) return messages::TaskStatus::kCreated;
  return container.paused ? messages::TaskStatus::kPaused : messages::TaskStatus::kRunning;
}

metrics::HostFacts HostFactsFor(const spec::Stats& stats, pid_t init) {
  const bool no_devices = stats.io.serviced.empty() && stats.io.service_bytes.empty();
  return metrics::LookAtHost(init, no_devices ? metrics::BlockDevices::kNone : metrics::BlockDevices::kNamed);
}

StatusOr<Message> StatsInWorker(const Container& container) {
  TARE_ASSIGN_OR_RETURN(const container::Container loaded,
                        container::Load(container.runtime.root, container.id));
  TARE_ASSIGN_OR_RETURN(const spec::Stats stats, stats::Read(*loaded.cgroup));
  const messages::StatsResponse response{
      .stats = loaded.cgroup->unified() ? metrics::MetricsOf(stats, metrics::CgroupVersion::kV2, {})
                                        : metrics::MetricsOf(stats, metrics::CgroupVersion::kV1,
                                                             HostFactsFor(stats, loaded.record.init_pid))};
  return Message{.bytes = messages::Encode(response)};
}

StatusOr<Message> PidsInWorker(const Container& container) {
  TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> pids, commands::Processes(container.runtime, container.id));
  messages::PidsResponse response;
  for (pid_t pid : pids) {
    messages::ProcessInfo info{.pid = static_cast<uint32_t>(pid)};
    for (const auto& [exec_id, process] : container.execs) {
      if (process->pid == pid) info.info = messages::Pack(messages::ProcessDetails{.exec_id = exec_id});
    }
    response.processes.push_back(std::move(info));
  }
  return Message{.bytes = messages::Encode(response)};
}

Status UpdateInWorker(const Container& container, const std::string& json) {
  TARE_ASSIGN_OR_RETURN(const spec::Resources resources, spec::ParseResources(json, "resources"));
  return commands::Update(container.runtime, container.id, resources);
}

Status AlreadyFinished() {
  return absl::NotFoundError("process already finished");
}

// Engines expect AlreadyFinished() for a container that is not running any more.
Status TaskError(const Status& status) {
  const bool finished =
      absl::IsFailedPrecondition(status) && absl::StrContains(status.message(), "not running");
  return finished ? AlreadyFinished() : RuntimeError(status);
}

// Responds with the encoded response that a worker returns.
auto RespondWithResult(const ttrpc::Respond& respond) {
  return [respond](StatusOr<Message> result) {
    result.ok() ? respond(std::move(result->bytes)) : respond(TaskError(result.status()));
  };
}

auto AcknowledgeResult(const ttrpc::Respond& respond) {
  return [respond](const Status& result) { Acknowledge(respond, TaskError(result)); };
}

}  // namespace

void Tasks::State(const Target& target, const messages::StateRequest& request, const Respond& respond) {
  const auto& [container, process] = target;
  const streams::StdioNames& names = process->stdio->names();
  const messages::StateResponse state{.id = request.id,
                                      .bundle = container->bundle,
                                      .pid = static_cast<uint32_t>(process->pid),
                                      .status = StatusOf(*container, *process),
                                      .stdin = names.in,
                                      .stdout = names.out,
                                      .stderr = names.err,
                                      .terminal = names.terminal,
                                      .exec_id = request.exec_id};
  Reply(respond, process->phase == Phase::kStopped ? WithExit(state, *process->exit) : state);
}

void Tasks::Pids(const Target& target, const messages::PidsRequest&, const Respond& respond) {
  const auto pids = [&] { return PidsInWorker(*target.container); };
  workers_->Run({}, pids, RespondWithResult(respond));
}

void Tasks::Pause(const Target& target, const messages::PauseRequest&, const Respond& respond) {
  Enqueue(target, respond, [this, container = target.container](const Respond& finish) {
    SetPaused<messages::TaskPaused>(container, true, commands::Pause, "/tasks/paused", finish);
  });
}

void Tasks::Resume(const Target& target, const messages::ResumeRequest&, const Respond& respond) {
  Enqueue(target, respond, [this, container = target.container](const Respond& finish) {
    SetPaused<messages::TaskResumed>(container, false, commands::Resume, "/tasks/resumed", finish);
  });
}

template <class Event>
void Tasks::SetPaused(const ContainerPtr& container, bool paused, SetFrozen set_frozen,
                      absl::string_view topic, const Respond& respond) {
  // A container that is frozen at its start gate could not be started.
  if (container->init->phase == Phase::kCreated)
    return respond(RuntimeError(absl::FailedPreconditionError("the container has not been started")));
  Run([&] { return set_frozen(container->runtime, container->id); },
      [this, container, paused, topic, respond](const Status& result) {
        if (result.ok()) {
          container->paused = paused;
          Publish(*container, topic, Event{.container_id = container->id});
        }
        Acknowledge(respond, RuntimeError(result));
      });
}

void Tasks::Kill(const Target& target, const messages::KillRequest& request, const Respond& respond) {
  const Container& container = *target.container;
  const Process& process = *target.process;
  if (process.pid == 0) return respond(absl::FailedPreconditionError("process not created"));
  if (process.exit) return respond(AlreadyFinished());
  const int signal = static_cast<int>(request.signal);
  if (!process.is_init()) {
    const Status sent = kernel::PidfdSendSignal(process.pidfd.get(), signal);
    return Acknowledge(respond, ErrnoOf(sent) == ESRCH ? AlreadyFinished() : RuntimeError(sent));
  }
  Run([&] { return commands::Kill(container.runtime, container.id, signal, request.all); },
      AcknowledgeResult(respond));
}

void Tasks::ResizePty(const Target& target, const messages::ResizePtyRequest& request,
                      const Respond& respond) {
  Acknowledge(respond, target.process->stdio->Resize(static_cast<uint16_t>(request.width),
                                                     static_cast<uint16_t>(request.height)));
}

void Tasks::CloseIo(const Target& target, const messages::CloseIoRequest& request, const Respond& respond) {
  if (request.stdin) target.process->stdio->CloseStdin();
  Reply(respond, messages::Empty{});
}

void Tasks::Update(const Target& target, const messages::UpdateTaskRequest& request, const Respond& respond) {
  Run([&] { return UpdateInWorker(*target.container, request.resources.value); }, AcknowledgeResult(respond));
}

void Tasks::Stats(const Target& target, const messages::StatsRequest& request, const Respond& respond) {
  if (target.process->phase == Phase::kStopped)
    return respond(absl::NotFoundError(absl::StrCat("container ", request.id, " has ended")));
  const auto stats = [&] { return StatsInWorker(*target.container); };
  workers_->Run({}, stats, RespondWithResult(respond));
}

void Tasks::Connect(const messages::ConnectRequest& request, const Respond& respond) {
  // The container need not exist yet: before Create, the request is about the shim itself.
  const StatusOr<ContainerPtr> container = FindContainer(request.id);
  const pid_t task = container.ok() ? (*container)->init->pid : 0;
  Reply(respond, messages::ConnectResponse{.shim_pid = static_cast<uint32_t>(getpid()),
                                           .task_pid = static_cast<uint32_t>(task),
                                           .version = kTaskVersion});
}

// The shim goes on while it has containers of the same pod.
void Tasks::Shutdown(const messages::ShutdownRequest&, const Respond& respond) {
  if (containers_.empty()) shut_down_();
  Reply(respond, messages::Empty{});
}

}  // namespace tare::shim
