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
