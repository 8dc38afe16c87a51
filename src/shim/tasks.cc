#include "shim/tasks.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "container/container.h"
#include "lifecycle/commands/kill.h"
#include "lifecycle/commands/pause.h"
#include "lifecycle/commands/ps.h"
#include "lifecycle/commands/update.h"
#include "messages/events.h"
#include "messages/options.h"
#include "shim/metrics.h"
#include "spec/parse.h"
#include "stats/stats.h"

namespace tare::shim {
namespace {

using kernel::Message;

// containerd.task.v2.Task and v3.Task have the same messages; containerd chooses by its own version.
constexpr absl::string_view kServices[] = {"containerd.task.v2.Task", "containerd.task.v3.Task"};

// What Connect answers; containerd 1.x asked for a version here before `start` told one.
constexpr char kTaskVersion[] = "3";

messages::TaskStatus StatusOf(const Container& container, const Process& process) {
  switch (process.phase) {
    case Phase::kAdded:
    case Phase::kFailed:
    case Phase::kCreating:
    case Phase::kCreated:
    case Phase::kStarting:
    case Phase::kDeleting:
      return messages::TaskStatus::kCreated;
    case Phase::kRunning:
      return container.paused ? messages::TaskStatus::kPaused : messages::TaskStatus::kRunning;
    case Phase::kStopped:
      return messages::TaskStatus::kStopped;
  }
  return messages::TaskStatus::kUnknown;
}

// What engines want to hear of a process that is not there any more.
Status AsFinished(const Status& status) {
  if (!absl::IsFailedPrecondition(status) || !absl::StrContains(status.message(), "not running"))
    return OfRuntime(status);
  return absl::NotFoundError("process already finished");
}

StatusOr<Message> StatsStory(const Container& container) {
  TARE_ASSIGN_OR_RETURN(const container::Container loaded,
                        container::Load(container.runtime.root, container.id));
  TARE_ASSIGN_OR_RETURN(const spec::Stats stats, stats::Read(*loaded.cgroup));
  const CgroupVersion version = loaded.cgroup->unified() ? CgroupVersion::kV2 : CgroupVersion::kV1;
  return Message{.bytes = messages::Encode(messages::StatsResponse{.stats = MetricsOf(stats, version)})};
}

StatusOr<Message> PidsStory(const Container& container) {
  TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> pids, lifecycle::Processes(container.runtime, container.id));
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

// Gives what a worker brought, an encoded response, to who asked.
auto Forward(const ttrpc::Respond& respond) {
  return [respond](StatusOr<Message> result) {
    result.ok() ? respond(std::move(result->bytes)) : respond(AsFinished(result.status()));
  };
}

}  // namespace

Status OfRuntime(const Status& status) {
  return absl::UnknownError(status.message());
}

StatusOr<Message> Nothing(Status status) {
  TARE_RETURN_IF_ERROR(std::move(status));
  return Message{};
}

namespace {

// What must be there, or known never to be, before a call is made. Until then it is kept: containerd's own
// shim, too, answers nothing that speaks of a container while it creates it.
enum class Needs { kNothing, kContainer, kProcess };

template <class Request, void (Tasks::*method)(const Request&, const ttrpc::Respond&)>
void Decoded(Tasks& tasks, absl::string_view payload, const ttrpc::Respond& respond) {
  StatusOr<Request> request = messages::Decode<Request>(payload);
  if (!request.ok()) return respond(request.status());
  (tasks.*method)(*request, respond);
}

}  // namespace

struct Tasks::Method {
  absl::string_view name;
  void (*call)(Tasks&, absl::string_view payload, const Respond&);
  Needs needs = Needs::kContainer;
};

// Start and Delete, of a process in the making, take their turn after that.
const Tasks::Method Tasks::kMethods[] = {
    {"State", Decoded<messages::StateRequest, &Tasks::State>},
    {"Create", Decoded<messages::CreateTaskRequest, &Tasks::Create>, Needs::kNothing},
    {"Start", Decoded<messages::StartRequest, &Tasks::Start>, Needs::kNothing},
    {"Delete", Decoded<messages::DeleteRequest, &Tasks::Delete>, Needs::kNothing},
    {"Pids", Decoded<messages::PidsRequest, &Tasks::Pids>},
    {"Pause", Decoded<messages::PauseRequest, &Tasks::Pause>},
    {"Resume", Decoded<messages::ResumeRequest, &Tasks::Resume>},
    {"Checkpoint", Decoded<messages::CheckpointTaskRequest, &Tasks::Checkpoint>},
    {"Kill", Decoded<messages::KillRequest, &Tasks::Kill>, Needs::kProcess},
    {"Exec", Decoded<messages::ExecProcessRequest, &Tasks::Exec>},
    {"ResizePty", Decoded<messages::ResizePtyRequest, &Tasks::ResizePty>},
    {"CloseIO", Decoded<messages::CloseIoRequest, &Tasks::CloseIo>},
    {"Update", Decoded<messages::UpdateTaskRequest, &Tasks::Update>},
    {"Wait", Decoded<messages::WaitRequest, &Tasks::Wait>},
    {"Stats", Decoded<messages::StatsRequest, &Tasks::Stats>},
    {"Connect", Decoded<messages::ConnectRequest, &Tasks::Connect>, Needs::kNothing},
    {"Shutdown", Decoded<messages::ShutdownRequest, &Tasks::Shutdown>, Needs::kNothing},
};

Tasks::Tasks(kernel::Loop& loop, Publisher& publisher, std::string containerd_namespace,
             std::function<void()> leave)
    : loop_(loop),
      publisher_(publisher),
      containerd_namespace_(std::move(containerd_namespace)),
      leave_(std::move(leave)) {}

StatusOr<std::unique_ptr<Tasks>> Tasks::Make(kernel::Loop& loop, Publisher& publisher,
                                             std::string containerd_namespace, std::function<void()> leave) {
  std::unique_ptr<Tasks> tasks(new Tasks(loop, publisher, std::move(containerd_namespace), std::move(leave)));
  TARE_ASSIGN_OR_RETURN(tasks->workers_,
                        Workers::Make(loop, [raw = tasks.get()](pid_t pid) { return raw->Knows(pid); }));
  return tasks;
}

void Tasks::Handle(const ttrpc::Call& call, const Respond& respond) {
  if (std::ranges::find(kServices, call.service) == std::end(kServices))
    return respond(absl::UnimplementedError(absl::StrCat("service ", call.service)));
  const auto method = std::ranges::find(kMethods, call.method, &Method::name);
  if (method == std::end(kMethods))
    return respond(absl::UnimplementedError(absl::StrCat("method ", call.method)));
  if (const HeldProcess early = InTheMaking(*method, call.payload))
    return early->once_made.push_back([this, call, respond] { Handle(call, respond); });
  method->call(*this, call.payload, respond);
}

// What a call has to wait for; nothing in most cases.
Tasks::HeldProcess Tasks::InTheMaking(const Method& method, absl::string_view payload) const {
  if (method.needs == Needs::kNothing) return nullptr;
  // Every request begins with these two; those without the second do not need a process.
  const StatusOr<messages::StateRequest> names = messages::Decode<messages::StateRequest>(payload);
  const StatusOr<Held> container = names.ok() ? Find(names->id) : names.status();
  if (!container.ok()) return nullptr;
  if ((*container)->init->in_the_making()) return (*container)->init;
  if (method.needs == Needs::kContainer) return nullptr;
  const StatusOr<HeldProcess> process = FindProcess(*container, names->exec_id);
  return process.ok() && (*process)->in_the_making() ? *process : nullptr;
}

void Tasks::Made(Process& process) {
  for (const auto& call : std::exchange(process.once_made, {})) call();
}

StatusOr<Tasks::Held> Tasks::Find(const std::string& id) const {
  const auto found = containers_.find(id);
  if (found == containers_.end())
    return absl::NotFoundError(absl::StrCat("container ", id, " does not exist"));
  return found->second;
}

StatusOr<Tasks::HeldProcess> Tasks::FindProcess(const Held& container, const std::string& exec_id) const {
  if (exec_id.empty()) return container->init;
  const auto found = container->execs.find(exec_id);
  if (found == container->execs.end())
    return absl::NotFoundError(absl::StrCat("process ", exec_id, " does not exist"));
  return found->second;
}

StatusOr<Tasks::Found> Tasks::FindBoth(const std::string& id, const std::string& exec_id) const {
  TARE_ASSIGN_OR_RETURN(Held container, Find(id));
  TARE_ASSIGN_OR_RETURN(HeldProcess process, FindProcess(container, exec_id));
  return Found{std::move(container), std::move(process)};
}

void Tasks::InTurn(const Found& what, const Respond& respond, std::function<void(Turns::Done)> story) {
  what.process->turns.Add([this, what, respond, story = std::move(story)](const Turns::Done& done) {
    // Who came before may have deleted it, and there may be another one of that name.
    const StatusOr<Found> now = FindBoth(what.container->id, what.process->exec_id);
    if (now.ok() && now->process == what.process) return story(done);
    respond(now.ok() ? absl::NotFoundError("the container or process was deleted, and a new one has its name")
                     : now.status());
    done();
  });
}

bool Tasks::Knows(pid_t pid) const {
  for (const auto& [id, container] : containers_) {
    const auto is = [pid](const Process& process) {
      return (process.alive() && process.pid == pid) || (process.stdio && process.stdio->logger() == pid);
    };
    if (is(*container->init)) return true;
    for (const auto& [exec_id, process] : container->execs) {
      if (is(*process)) return true;
    }
  }
  return false;
}

void Tasks::Run(const std::vector<int>& keep, absl::FunctionRef<StatusOr<Message>()> story,
                const kernel::Worker::Done& then) {
  workers_->Run(keep, story, then);
}

void Tasks::State(const messages::StateRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  const Process& process = *found->process;
  const StdioNames& names = process.stdio->names();
  messages::StateResponse state{.id = request.id,
                                .bundle = found->container->bundle,
                                .pid = static_cast<uint32_t>(process.pid),
                                .status = StatusOf(*found->container, process),
                                .stdin = names.in,
                                .stdout = names.out,
                                .stderr = names.err,
                                .terminal = names.terminal,
                                .exec_id = request.exec_id};
  if (process.phase == Phase::kStopped) {
    state.exit_status = static_cast<uint32_t>(process.exit->status);
    state.exited_at = messages::ToTimestamp(process.exit->at);
  }
  Reply(respond, state);
}

void Tasks::Pids(const messages::PidsRequest& request, const Respond& respond) {
  const StatusOr<Held> container = Find(request.id);
  if (!container.ok()) return respond(container.status());
  Run(
      {}, [&] { return PidsStory(**container); }, Forward(respond));
}

void Tasks::Pause(const messages::PauseRequest& request, const Respond& respond) {
  SetPaused<messages::TaskPaused>(request.id, true, lifecycle::Pause, "/tasks/paused", respond);
}

void Tasks::Resume(const messages::ResumeRequest& request, const Respond& respond) {
  SetPaused<messages::TaskResumed>(request.id, false, lifecycle::Resume, "/tasks/resumed", respond);
}

template <class Event>
void Tasks::SetPaused(const std::string& id, bool paused, FreezerStory story, absl::string_view topic,
                      const Respond& respond) {
  const StatusOr<Found> found = FindBoth(id, "");
  if (!found.ok()) return respond(found.status());
  InTurn(*found, respond,
         [this, container = found->container, paused, story, topic, respond](const Turns::Done& done) {
           const auto told = [this, container, paused, topic, respond, done](const Status& result) {
             if (result.ok()) {
               container->paused = paused;
               Publish(topic, Event{.container_id = container->id});
             }
             result.ok() ? Reply(respond, messages::Empty{}) : respond(OfRuntime(result));
             done();
           };
           // Frozen at its start gate, it could not be started.
           if (container->init->phase == Phase::kCreated)
             return told(absl::FailedPreconditionError("the container has not been started"));
           Run(
               {}, [&] { return Nothing(story(container->runtime, container->id)); },
               [told](const StatusOr<Message>& result) { told(result.status()); });
         });
}

void Tasks::Checkpoint(const messages::CheckpointTaskRequest& request, const Respond& respond) {
  const StatusOr<Held> container = Find(request.id);
  if (!container.ok()) return respond(container.status());
  respond(absl::UnimplementedError("checkpoint is not implemented yet"));
}

void Tasks::Kill(const messages::KillRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  const Container& container = *found->container;
  const Process& process = *found->process;
  if (process.pid == 0) return respond(absl::FailedPreconditionError("process not created"));
  if (process.exit) return respond(absl::NotFoundError("process already finished"));
  const int signal = static_cast<int>(request.signal);
  if (!process.is_init()) {
    const Status sent = kernel::PidfdSendSignal(process.pidfd.get(), signal);
    if (ErrnoOf(sent) == ESRCH) return respond(absl::NotFoundError("process already finished"));
    return sent.ok() ? Reply(respond, messages::Empty{}) : respond(OfRuntime(sent));
  }
  Run(
      {}, [&] { return Nothing(lifecycle::Kill(container.runtime, request.id, signal, request.all)); },
      Forward(respond));
}

void Tasks::ResizePty(const messages::ResizePtyRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  const Status resized = found->process->stdio->Resize(static_cast<uint16_t>(request.width),
                                                       static_cast<uint16_t>(request.height));
  resized.ok() ? Reply(respond, messages::Empty{}) : respond(resized);
}

void Tasks::CloseIo(const messages::CloseIoRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  if (request.stdin) found->process->stdio->CloseStdin();
  Reply(respond, messages::Empty{});
}

void Tasks::Update(const messages::UpdateTaskRequest& request, const Respond& respond) {
  const StatusOr<Held> found = Find(request.id);
  if (!found.ok()) return respond(found.status());
  const Container& container = **found;
  const auto story = [&]() -> StatusOr<Message> {
    TARE_ASSIGN_OR_RETURN(const spec::Resources resources,
                          spec::ParseResources(request.resources.value, "resources"));
    return Nothing(lifecycle::Update(container.runtime, container.id, resources));
  };
  Run({}, story, Forward(respond));
}

void Tasks::Stats(const messages::StatsRequest& request, const Respond& respond) {
  const StatusOr<Held> container = Find(request.id);
  if (!container.ok()) return respond(container.status());
  if ((*container)->init->phase == Phase::kStopped)
    return respond(absl::NotFoundError(absl::StrCat("container ", request.id, " has ended")));
  Run(
      {}, [&] { return StatsStory(**container); }, Forward(respond));
}

void Tasks::Connect(const messages::ConnectRequest& request, const Respond& respond) {
  // Before Create it is the shim itself that is asked for.
  const StatusOr<Held> container = Find(request.id);
  const pid_t task = container.ok() ? (*container)->init->pid : 0;
  Reply(respond, messages::ConnectResponse{.shim_pid = static_cast<uint32_t>(getpid()),
                                           .task_pid = static_cast<uint32_t>(task),
                                           .version = kTaskVersion});
}

// A pod's other containers keep the shim.
void Tasks::Shutdown(const messages::ShutdownRequest&, const Respond& respond) {
  if (containers_.empty()) leave_();
  Reply(respond, messages::Empty{});
}

}  // namespace tare::shim
