#include "shim/tasks/tasks.h"

#include <algorithm>

namespace tare::shim {
namespace {

using kernel::Message;

// containerd.task.v2.Task and v3.Task have the same messages; containerd chooses by its own version.
constexpr absl::string_view kServices[] = {"containerd.task.v2.Task", "containerd.task.v3.Task"};

template <class Request>
std::string ExecIdOf(const Request& request) {
  if constexpr (requires { request.exec_id; }) return request.exec_id;
  return "";
}

// It names a process that does not exist yet.
std::string ExecIdOf(const messages::ExecProcessRequest&) {
  return "";
}

}  // namespace

struct Tasks::Method {
  absl::string_view name;
  void (Tasks::*serve)(const ttrpc::Call& call, const Respond& respond);
};

// Like containerd's own shim, this one responds to no request about a container while it creates it. Start
// and Delete do not wait here because they are enqueued.
const Tasks::Method Tasks::kMethods[] = {
    {"State", &Tasks::ServeTask<messages::StateRequest, &Tasks::State>},
    {"Create", &Tasks::ServeShim<messages::CreateTaskRequest, &Tasks::Create>},
    {"Start", &Tasks::ServeTask<messages::StartRequest, &Tasks::Start, WaitFor::kNothing>},
    {"Delete", &Tasks::ServeTask<messages::DeleteRequest, &Tasks::Delete, WaitFor::kNothing>},
    {"Pids", &Tasks::ServeTask<messages::PidsRequest, &Tasks::Pids>},
    {"Pause", &Tasks::ServeTask<messages::PauseRequest, &Tasks::Pause>},
    {"Resume", &Tasks::ServeTask<messages::ResumeRequest, &Tasks::Resume>},
    {"Checkpoint", &Tasks::ServeTask<messages::CheckpointTaskRequest, &Tasks::Checkpoint>},
    {"Kill", &Tasks::ServeTask<messages::KillRequest, &Tasks::Kill, WaitFor::kProcess>},
    {"Exec", &Tasks::ServeTask<messages::ExecProcessRequest, &Tasks::Exec>},
    {"ResizePty", &Tasks::ServeTask<messages::ResizePtyRequest, &Tasks::ResizePty>},
    {"CloseIO", &Tasks::ServeTask<messages::CloseIoRequest, &Tasks::CloseIo>},
    {"Update", &Tasks::ServeTask<messages::UpdateTaskRequest, &Tasks::Update>},
    {"Wait", &Tasks::ServeTask<messages::WaitRequest, &Tasks::Wait>},
    {"Stats", &Tasks::ServeTask<messages::StatsRequest, &Tasks::Stats>},
    {"Connect", &Tasks::ServeShim<messages::ConnectRequest, &Tasks::Connect>},
    {"Shutdown", &Tasks::ServeShim<messages::ShutdownRequest, &Tasks::Shutdown>},
};

Tasks::Tasks(kernel::Loop& loop, Publisher& publisher, std::string containerd_namespace,
             std::function<void()> shut_down)
    : loop_(loop),
      publisher_(publisher),
      containerd_namespace_(std::move(containerd_namespace)),
      shut_down_(std::move(shut_down)) {}

StatusOr<std::unique_ptr<Tasks>> Tasks::Make(kernel::Loop& loop, Publisher& publisher,
                                             std::string containerd_namespace,
                                             std::function<void()> shut_down) {
  std::unique_ptr<Tasks> tasks(
      new Tasks(loop, publisher, std::move(containerd_namespace), std::move(shut_down)));
  TARE_ASSIGN_OR_RETURN(tasks->workers_,
                        Workers::Make(loop, [raw = tasks.get()](pid_t pid) { return raw->IsTracked(pid); }));
  return tasks;
}

void Tasks::Handle(const ttrpc::Call& call, const Respond& respond) {
  if (std::ranges::find(kServices, call.service) == std::end(kServices))
    return respond(absl::UnimplementedError(absl::StrCat("service ", call.service)));
  const auto method = std::ranges::find(kMethods, call.method, &Method::name);
  if (method == std::end(kMethods))
    return respond(absl::UnimplementedError(absl::StrCat("method ", call.method)));
  (this->*method->serve)(call, respond);
}

std::vector<std::string> Tasks::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, container] : containers_) ids.push_back(id);
  return ids;
}

template <class Request, void (Tasks::*method)(const Request&, const ttrpc::Respond&)>
void Tasks::ServeShim(const ttrpc::Call& call, const Respond& respond) {
  const StatusOr<Request> request = messages::Decode<Request>(call.payload);
  request.ok() ? (this->*method)(*request, respond) : respond(request.status());
}

template <class Request, void (Tasks::*method)(const Tasks::Target&, const Request&, const ttrpc::Respond&),
          Tasks::WaitFor wait_for>
void Tasks::ServeTask(const ttrpc::Call& call, const Respond& respond) {
  const StatusOr<Request> request = messages::Decode<Request>(call.payload);
  if (!request.ok()) return respond(request.status());
  WithTarget(request->id, ExecIdOf(*request), wait_for, call, respond,
             [&](const Target& target) { (this->*method)(target, *request, respond); });
}

void Tasks::WithTarget(const std::string& id, const std::string& exec_id, WaitFor wait_for,
                       const ttrpc::Call& call, const Respond& respond,
                       absl::FunctionRef<void(const Target&)> method) {
  const auto delay = [&](const ProcessPtr& process) {
    process->delayed_requests.push_back([this, call, respond] { Handle(call, respond); });
  };
  const StatusOr<ContainerPtr> container = FindContainer(id);
  if (!container.ok()) return respond(container.status());
  const ProcessPtr& init = (*container)->init;
  if (wait_for != WaitFor::kNothing && init->being_created()) return delay(init);
  const StatusOr<ProcessPtr> process = FindProcess(*container, exec_id);
  if (!process.ok()) return respond(process.status());
  if (wait_for == WaitFor::kProcess && (*process)->being_created()) return delay(*process);
  method({*container, *process});
}

void Tasks::HandleDelayedRequests(Process& process) {
  for (const auto& handle : std::exchange(process.delayed_requests, {})) handle();
}

StatusOr<Tasks::ContainerPtr> Tasks::FindContainer(const std::string& id) const {
  const auto found = containers_.find(id);
  if (found == containers_.end())
    return absl::NotFoundError(absl::StrCat("container ", id, " does not exist"));
  return found->second;
}

StatusOr<Tasks::ProcessPtr> Tasks::FindProcess(const ContainerPtr& container,
                                               const std::string& exec_id) const {
  if (exec_id.empty()) return container->init;
  const auto found = container->execs.find(exec_id);
  if (found == container->execs.end())
    return absl::NotFoundError(absl::StrCat("process ", exec_id, " does not exist"));
  return found->second;
}

StatusOr<Tasks::Target> Tasks::FindTarget(const std::string& id, const std::string& exec_id) const {
  TARE_ASSIGN_OR_RETURN(ContainerPtr container, FindContainer(id));
  TARE_ASSIGN_OR_RETURN(ProcessPtr process, FindProcess(container, exec_id));
  return Target{std::move(container), std::move(process)};
}

void Tasks::Enqueue(const Target& target, const Respond& respond,
                    std::function<void(const Respond& finish)> operation) {
  target.process->operations.Add([this, target, respond,
                                  operation = std::move(operation)](const OperationQueue::Done& done) {
    // The next operation begins when the present call of the Loop has returned, not in the midst of it.
    const Respond finish = [this, target, respond, done](StatusOr<std::string> response) {
      respond(std::move(response));
      loop_.Soon([target, done] { done(); });
    };
    // An earlier operation may have deleted the process, and another one may have its name now.
    const StatusOr<Target> now = FindTarget(target.container->id, target.process->exec_id);
    if (!now.ok()) return finish(now.status());
    if (now->process != target.process)
      return finish(absl::NotFoundError("the container or process was deleted, and a new one has its name"));
    operation(finish);
  });
}

void Tasks::Run(absl::FunctionRef<Status()> body, std::function<void(const Status&)> done) {
  const auto without_result = [&]() -> StatusOr<Message> {
    TARE_RETURN_IF_ERROR(body());
    return Message{};
  };
  workers_->Run({}, without_result,
                [done = std::move(done)](const StatusOr<Message>& result) { done(result.status()); });
}

void Tasks::RunWithStdio(const ProcessPtr& process, std::function<StatusOr<Message>()> body,
                         const kernel::Worker::Done& done) {
  const auto in_worker = [process, body = std::move(body)]() -> StatusOr<Message> {
    TARE_RETURN_IF_ERROR(process->stdio->Enter());
    return body();
  };
  process->stdio->Open([this, process, in_worker, done](const Status& opened) {
    opened.ok() ? workers_->Run(process->stdio->ends(), in_worker, done) : done(opened);
  });
}

bool Tasks::IsTracked(pid_t pid) const {
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

}  // namespace tare::shim
