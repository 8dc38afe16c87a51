#include "sandbox/service.h"

#include <signal.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "json/writer.h"
#include "kernel/file.h"
#include "messages/task.h"
#include "sandbox/bundle.h"

namespace tare::sandbox {
namespace {

constexpr char kTaskService[] = "containerd.task.v3.Task";

#if defined(__x86_64__)
constexpr char kArchitecture[] = "amd64";
#elif defined(__aarch64__)
constexpr char kArchitecture[] = "arm64";
#endif

template <class Message>
void Reply(const ttrpc::Respond& respond, const Message& message) {
  respond(messages::Encode(message));
}

void Acknowledge(const ttrpc::Respond& respond, const Status& status) {
  status.ok() ? Reply(respond, messages::Empty{}) : respond(status);
}

// Passes the response on as a Response, or the error.
template <class Response>
ttrpc::Respond Then(const ttrpc::Respond& respond, std::function<void(const Response&)> use) {
  return [respond, use = std::move(use)](const StatusOr<std::string>& bytes) {
    if (!bytes.ok()) return respond(bytes.status());
    const StatusOr<Response> response = messages::Decode<Response>(*bytes);
    response.ok() ? use(*response) : respond(response.status());
  };
}

// What `crictl inspectp` shows.
std::string Describe(const std::string& bundle, const messages::StateResponse& state) {
  const StatusOr<std::string> config = kernel::ReadFile(absl::StrCat(bundle, "/config.json"));
  json::Output info = {
      {"pid", state.pid},
      {"processStatus", state.status == messages::TaskStatus::kRunning ? "running" : "stopped"},
      {"bundle", bundle}};
  if (config.ok()) info["runtimeSpec"] = json::Output::parse(*config, nullptr, /*allow_exceptions=*/false);
  return json::OneLine(info);
}

}  // namespace

struct Service::Method {
  absl::string_view name;
  void (Service::*serve)(const ttrpc::Call& call, const Respond& respond);
};

const Service::Method Service::kMethods[] = {
    {"CreateSandbox", &Service::Serve<messages::CreateSandboxRequest, &Service::Create>},
    {"StartSandbox", &Service::Serve<messages::StartSandboxRequest, &Service::Start>},
    {"Platform", &Service::Serve<messages::PlatformRequest, &Service::Platform>},
    {"StopSandbox", &Service::Serve<messages::StopSandboxRequest, &Service::Stop>},
    {"WaitSandbox", &Service::Serve<messages::WaitSandboxRequest, &Service::Wait>},
    {"SandboxStatus", &Service::Serve<messages::SandboxStatusRequest, &Service::ReportStatus>},
    {"PingSandbox", &Service::Serve<messages::PingRequest, &Service::Ping>},
    {"ShutdownSandbox", &Service::Serve<messages::ShutdownSandboxRequest, &Service::Shutdown>},
    {"SandboxMetrics", &Service::Serve<messages::SandboxMetricsRequest, &Service::Metrics>},
};

void Service::Handle(const ttrpc::Call& call, const Respond& respond) {
  const auto method = std::ranges::find(kMethods, call.method, &Method::name);
  if (method == std::end(kMethods))
    return respond(absl::UnimplementedError(absl::StrCat("method ", call.method)));
  (this->*method->serve)(call, respond);
}

template <class Request, void (Service::*method)(const Request&, const ttrpc::Respond&)>
void Service::Serve(const ttrpc::Call& call, const Respond& respond) {
  const StatusOr<Request> request = messages::Decode<Request>(call.payload);
  if (!request.ok()) return respond(request.status());
  if constexpr (!std::is_same_v<Request, messages::CreateSandboxRequest> &&
                !std::is_same_v<Request, messages::ShutdownSandboxRequest>) {
    if (Status found = Find(request->sandbox_id); !found.ok()) return respond(found);
  }
  (this->*method)(*request, respond);
}

Status Service::Find(const std::string& id) const {
  if (sandbox_ && sandbox_->id == id) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("sandbox ", id, " does not exist"));
}

template <class Request>
void Service::Call(const char* method, const Request& request, Respond done) const {
  shim_.task_service({.service = kTaskService, .method = method, .payload = messages::Encode(request)},
                     std::move(done));
}

void Service::Create(const messages::CreateSandboxRequest& request, const Respond& respond) {
  if (sandbox_ && sandbox_->id == request.sandbox_id)
    return respond(absl::AlreadyExistsError(absl::StrCat("sandbox ", sandbox_->id, " already exists")));
  if (sandbox_)
    return respond(absl::FailedPreconditionError(absl::StrCat("this shim has sandbox ", sandbox_->id)));
  messages::CreateTaskRequest task{
      .id = request.sandbox_id, .bundle = request.bundle_path, .options = LoadOptions(request.bundle_path)};
  auto users = std::make_shared<kernel::Fd>();
  const bool furnish = !DescribesContainer(request.bundle_path);
  if (furnish) {
    StatusOr<kernel::Fd> furnished = Furnish(request, shim_.containerd_namespace);
    if (!furnished.ok()) return respond(furnished.status());
    *users = *std::move(furnished);
  } else {
    task.rootfs = request.rootfs;
  }
  sandbox_ = {.id = request.sandbox_id, .bundle = request.bundle_path, .created_at = absl::Now()};
  Call("Create", task, [this, furnish, users, respond](const StatusOr<std::string>& created) {
    if (created.ok()) return Reply(respond, messages::Empty{});
    if (furnish) Clear(sandbox_->bundle);
    sandbox_.reset();
    respond(created.status());
  });
}

void Service::Start(const messages::StartSandboxRequest& request, const Respond& respond) {
  Call("Start", messages::StartRequest{.id = request.sandbox_id},
       Then<messages::StartResponse>(respond, [this, respond](const messages::StartResponse& started) {
         sandbox_->started = true;
         Reply(respond, messages::StartSandboxResponse{
                            .pid = started.pid, .created_at = messages::ToTimestamp(sandbox_->created_at)});
       }));
}

void Service::Platform(const messages::PlatformRequest&, const Respond& respond) {
  Reply(respond, messages::PlatformResponse{.platform = {.os = "linux", .architecture = kArchitecture}});
}

// The pod's containers are killed first, because only some of them end with the sandbox. Their exits are
// reported, and containerd deletes them.
void Service::Stop(const messages::StopSandboxRequest& request, const Respond& respond) {
  const auto ignore = [](const Status&) {};
  for (const std::string& id : OtherContainers()) Kill(id, SIGKILL, ignore);
  // The init of a PID namespace that has not been started ignores SIGTERM.
  const bool gently = request.timeout_secs > 0 && sandbox_->started;
  Kill(sandbox_->id, gently ? SIGTERM : SIGKILL, ignore);
  if (gently) {
    kill_later_ = loop_.After(absl::Seconds(request.timeout_secs),
                              [this, id = sandbox_->id, ignore] { Kill(id, SIGKILL, ignore); });
  }
  WaitForExit(sandbox_->id, [this, respond](const Status& ended) {
    kill_later_.End();
    Acknowledge(respond, ended);
  });
}

void Service::Wait(const messages::WaitSandboxRequest& request, const Respond& respond) {
  Call("Wait", messages::WaitRequest{.id = request.sandbox_id},
       Then<messages::WaitResponse>(respond, [respond](const messages::WaitResponse& exit) {
         Reply(respond,
               messages::WaitSandboxResponse{.exit_status = exit.exit_status, .exited_at = exit.exited_at});
       }));
}

void Service::ReportStatus(const messages::SandboxStatusRequest& request, const Respond& respond) {
  Call("State", messages::StateRequest{.id = request.sandbox_id},
       Then<messages::StateResponse>(
           respond, [sandbox = *sandbox_, verbose = request.verbose, respond](const auto& state) {
             const bool ready = state.status == messages::TaskStatus::kRunning;
             messages::SandboxStatusResponse status{.sandbox_id = sandbox.id,
                                                    .pid = state.pid,
                                                    .state = ready ? "SANDBOX_READY" : "SANDBOX_NOTREADY",
                                                    .created_at = messages::ToTimestamp(sandbox.created_at),
                                                    .exited_at = state.exited_at};
             if (verbose) status.info["info"] = Describe(sandbox.bundle, state);
             Reply(respond, status);
           }));
}

void Service::Ping(const messages::PingRequest& request, const Respond& respond) {
  Call("State", messages::StateRequest{.id = request.sandbox_id},
       Then<messages::StateResponse>(respond, [respond](const messages::StateResponse& state) {
         const bool alive = state.status != messages::TaskStatus::kStopped;
         Acknowledge(respond, alive ? absl::OkStatus()
                                    : absl::FailedPreconditionError(
                                          absl::StrCat("sandbox ", state.id, " has stopped")));
       }));
}

// containerd also calls this after a CreateSandbox that failed, to get rid of the shim.
void Service::Shutdown(const messages::ShutdownSandboxRequest& request, const Respond& respond) {
  std::vector<std::string> ids = OtherContainers();
  if (Status found = Find(request.sandbox_id); !found.ok() && (sandbox_ || !ids.empty()))
    return respond(found);
  if (sandbox_) ids.push_back(sandbox_->id);
  Remove(std::move(ids), [this, respond](const Status& removed) {
    if (removed.ok()) {
      sandbox_.reset();
      shim_.shut_down();
    }
    Acknowledge(respond, removed);
  });
}

void Service::Metrics(const messages::SandboxMetricsRequest& request, const Respond& respond) {
  Call("Stats", messages::StatsRequest{.id = request.sandbox_id},
       Then<messages::StatsResponse>(respond, [id = request.sandbox_id, respond](const auto& response) {
         Reply(respond,
               messages::SandboxMetricsResponse{.metrics = {.timestamp = messages::ToTimestamp(absl::Now()),
                                                            .id = id,
                                                            .data = response.stats}});
       }));
}

void Service::Kill(const std::string& id, int signal, const Done& done) const {
  Call("Kill", messages::KillRequest{.id = id, .signal = static_cast<uint32_t>(signal), .all = true},
       [done](const StatusOr<std::string>& killed) { done(killed.status()); });
}

void Service::WaitForExit(const std::string& id, const Done& done) const {
  Call("Wait", messages::WaitRequest{.id = id},
       [done](const StatusOr<std::string>& ended) { done(ended.status()); });
}

void Service::Remove(std::vector<std::string> ids, const Done& done) const {
  if (ids.empty()) return done(absl::OkStatus());
  const std::string id = ids.front();
  ids.erase(ids.begin());
  const auto next = [this, ids = std::move(ids), done](const StatusOr<std::string>& deleted) {
    deleted.ok() || absl::IsNotFound(deleted.status()) ? Remove(ids, done) : done(deleted.status());
  };
  const auto remove = [this, id, next](const Status&) {
    Call("Delete", messages::DeleteRequest{.id = id}, next);
  };
  Kill(id, SIGKILL, [this, id, remove](const Status&) { WaitForExit(id, remove); });
}

std::vector<std::string> Service::OtherContainers() const {
  std::vector<std::string> ids = shim_.containers();
  if (sandbox_) std::erase(ids, sandbox_->id);
  return ids;
}

}  // namespace tare::sandbox
