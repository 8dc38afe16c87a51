#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/strip.h"
#include "client.h"
#include "messages/cri.h"
#include "messages/metrics_v1.h"
#include "messages/metrics_v2.h"
#include "messages/options.h"
#include "messages/sandbox.h"
#include "messages/task.h"
#include "text.h"
#include "ttrpc/client.h"

namespace shim_client {
namespace {

using namespace tare::messages;

// The encoded request that `arguments` describe.
template <Message Request>
tare::StatusOr<std::string> Make(const Arguments& arguments) {
  Request request;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) return tare::InvalidError("no PATH=VALUE: ", argument);
    std::string value = argument.substr(equals + 1);
    if (absl::StartsWith(value, "@")) {
      TARE_ASSIGN_OR_RETURN(value, ReadAll(value.substr(1)));
    }
    const Path path = absl::StrSplit(argument.substr(0, equals), '.');
    if (path == Path{"payload"}) return value;
    if (!Setter::Set(request, path, value)) return tare::InvalidError(Request::kName, ": ", argument);
  }
  return Encode(request);
}

template <Message Response>
tare::Status Show(const std::string& payload) {
  TARE_ASSIGN_OR_RETURN(const Response response, Decode<Response>(payload));
  std::fputs(Shower::Show(response, "").c_str(), stdout);
  return absl::OkStatus();
}

constexpr char kTasks[] = "containerd.task.v3.Task";
constexpr char kSandboxes[] = "containerd.runtime.sandbox.v1.Sandbox";

struct Method {
  const char* name;
  tare::StatusOr<std::string> (*make)(const Arguments& arguments);
  tare::Status (*show)(const std::string& payload);
  const char* service = kTasks;
};

constexpr Method kMethods[] = {
    {"State", Make<StateRequest>, Show<StateResponse>},
    {"Create", Make<CreateTaskRequest>, Show<CreateTaskResponse>},
    {"Start", Make<StartRequest>, Show<StartResponse>},
    {"Delete", Make<DeleteRequest>, Show<DeleteResponse>},
    {"Pids", Make<PidsRequest>, Show<PidsResponse>},
    {"Pause", Make<PauseRequest>, Show<Empty>},
    {"Resume", Make<ResumeRequest>, Show<Empty>},
    {"Checkpoint", Make<CheckpointTaskRequest>, Show<Empty>},
    {"Kill", Make<KillRequest>, Show<Empty>},
    {"Exec", Make<ExecProcessRequest>, Show<Empty>},
    {"ResizePty", Make<ResizePtyRequest>, Show<Empty>},
    {"CloseIO", Make<CloseIoRequest>, Show<Empty>},
    {"Update", Make<UpdateTaskRequest>, Show<Empty>},
    {"Wait", Make<WaitRequest>, Show<WaitResponse>},
    {"Stats", Make<StatsRequest>, Show<StatsResponse>},
    {"Connect", Make<ConnectRequest>, Show<ConnectResponse>},
    {"Shutdown", Make<ShutdownRequest>, Show<Empty>},
    {"CreateSandbox", Make<CreateSandboxRequest>, Show<Empty>, kSandboxes},
    {"StartSandbox", Make<StartSandboxRequest>, Show<StartSandboxResponse>, kSandboxes},
    {"Platform", Make<PlatformRequest>, Show<PlatformResponse>, kSandboxes},
    {"StopSandbox", Make<StopSandboxRequest>, Show<Empty>, kSandboxes},
    {"WaitSandbox", Make<WaitSandboxRequest>, Show<WaitSandboxResponse>, kSandboxes},
    {"SandboxStatus", Make<SandboxStatusRequest>, Show<SandboxStatusResponse>, kSandboxes},
    {"PingSandbox", Make<PingRequest>, Show<Empty>, kSandboxes},
    {"ShutdownSandbox", Make<ShutdownSandboxRequest>, Show<Empty>, kSandboxes},
    {"SandboxMetrics", Make<SandboxMetricsRequest>, Show<SandboxMetricsResponse>, kSandboxes},
};

// Of a method that there is not, all the same: how it is refused is what a test may want to see.
Method Find(const std::string& name) {
  for (const Method& method : kMethods)
    if (name == method.name) return method;
  return {"", Make<StateRequest>, Show<Empty>};
}

std::string Variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

template <Message M>
std::string ShowAs(const Any& any, const std::string& path) {
  const auto message = Unpack<M>(any);
  return message.ok() ? Shower::Show(*message, path) : "";
}

}  // namespace

std::string ShowAny(const Any& any, const std::string& path) {
  return ShowAs<metrics_v1::Metrics>(any, path) + ShowAs<metrics_v2::Metrics>(any, path) +
         ShowAs<ProcessDetails>(any, path);
}

namespace {

template <Message M>
bool SetAs(Any& any, const Path& path, const std::string& value) {
  auto message = any.empty() ? M{} : Unpack<M>(any);
  if (!message.ok() || !Setter::Set(*message, path, value)) return false;
  any = Pack(*message);
  return true;
}

}  // namespace

bool SetInAny(Any& any, const Path& path, const std::string& value) {
  return SetAs<Options>(any, path, value) || SetAs<CheckpointOptions>(any, path, value) ||
         SetAs<PodSandboxConfig>(any, path, value);
}

namespace {

// METHOD [PATH=VALUE]... over a connection that is there.
tare::Status CallOver(tare::ttrpc::Client& client, tare::kernel::Loop& loop, const Arguments& words) {
  const Method method = Find(words[0]);
  tare::ttrpc::Call call{.service = Variable("SERVICE", method.service), .method = words[0]};
  TARE_ASSIGN_OR_RETURN(call.payload, method.make({words.begin() + 1, words.end()}));
  const absl::Duration timeout = absl::Seconds(std::atof(Variable("TIMEOUT", "10").c_str()));
  tare::StatusOr<std::string> response;
  client.Send(std::move(call), timeout, [&](tare::StatusOr<std::string> answer) {
    response = std::move(answer);
    loop.Stop();
  });
  TARE_RETURN_IF_ERROR(loop.Run());
  TARE_RETURN_IF_ERROR(response.status());
  return method.show(*response);
}

}  // namespace

tare::Status Call(const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const auto loop, tare::kernel::Loop::Make());
  const std::string path(absl::StripPrefix(arguments[0], "unix://"));
  TARE_ASSIGN_OR_RETURN(const auto client, tare::ttrpc::Client::Connect(*loop, path));
  for (auto begin = arguments.begin() + 1; begin < arguments.end();) {
    const auto end = std::find(begin, arguments.end(), "--");
    if (begin != end) TARE_RETURN_IF_ERROR(CallOver(*client, *loop, {begin, end}));
    begin = end == arguments.end() ? end : end + 1;
  }
  return absl::OkStatus();
}

}  // namespace shim_client
