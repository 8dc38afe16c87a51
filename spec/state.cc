#include "spec/state.h"

#include "json/writer.h"
#include "spec/features.h"

namespace tare::spec {
namespace {

json::Output StateObject(const State& state) {
  json::Output object = {
      {"ociVersion", std::string(kOciVersion)},
      {"id", state.id},
      {"status", std::string(StatusName(state.status))},
  };
  if (state.pid != 0) object["pid"] = state.pid;
  object["bundle"] = state.bundle;
  if (!state.annotations.empty()) object["annotations"] = state.annotations;
  return object;
}

json::Output SupervisionObject(const SupervisedState& supervision) {
  json::Output object = {{"supervisor", supervision.supervisor}};
  if (!supervision.started.empty()) object["started"] = supervision.started;
  object["restarts"] = supervision.restarts;
  object["restartPolicy"] = supervision.policy;
  object["log"] = supervision.log;
  if (!supervision.ended) return object;
  object["exitStatus"] = supervision.ended->status;
  object["finished"] = supervision.ended->at;
  object["oomKilled"] = supervision.ended->oom_killed;
  return object;
}

// In runc's order, which is what scripts that do without jq have come to rely on.
json::Output DetailedObject(const State& state, const StateDetails& details) {
  json::Output object = {
      {"ociVersion", std::string(kOciVersion)},
      {"id", state.id},
      {"pid", state.pid},
      {"status", std::string(StatusName(state.status))},
      {"bundle", state.bundle},
      {"rootfs", details.rootfs},
      {"created", details.created},
  };
  if (!state.annotations.empty()) object["annotations"] = state.annotations;
  object["owner"] = details.owner;
  if (details.supervision) object["supervision"] = SupervisionObject(*details.supervision);
  return object;
}

}  // namespace

absl::string_view StatusName(ContainerStatus status) {
  switch (status) {
    case ContainerStatus::kCreating:
      return "creating";
    case ContainerStatus::kCreated:
      return "created";
    case ContainerStatus::kRunning:
      return "running";
    case ContainerStatus::kPaused:
      return "paused";
    case ContainerStatus::kStopped:
      return "stopped";
  }
  return "unknown";
}

std::string StateJson(const State& state) {
  return json::OneLine(StateObject(state));
}

std::string StateDocument(const State& state, const StateDetails& details) {
  return json::Indented(DetailedObject(state, details), 2);
}

std::string ListDocument(const std::vector<std::pair<State, StateDetails>>& containers) {
  json::Output list;  // null
  for (const auto& [state, details] : containers) list.push_back(DetailedObject(state, details));
  return json::OneLine(list);
}

std::string ContainerProcessStateJson(const State& state, pid_t pid, const std::string& metadata) {
  json::Output object = {
      {"ociVersion", std::string(kOciVersion)},
      {"fds", {"seccompFd"}},
      {"pid", pid},
  };
  if (!metadata.empty()) object["metadata"] = metadata;
  object["state"] = StateObject(state);
  return json::OneLine(object);
}

}  // namespace tare::spec
