// The state of a container as the spec's runtime.md shows it: printed by `tare state`, given to
// hooks on stdin.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "spec/config.h"

namespace tare::spec {

enum class ContainerStatus { kCreating, kCreated, kRunning, kPaused, kStopped };

// "creating", "created", "running", "paused", "stopped"
absl::string_view StatusName(ContainerStatus status);

struct State {
  std::string id;
  ContainerStatus status = ContainerStatus::kCreating;
  pid_t pid = 0;  // in the runtime's pid namespace; 0: none (stopped)
  std::string bundle;
  std::map<std::string, std::string> annotations;
};

// One line of JSON with ociVersion, id, status, pid (if any), bundle, annotations (if any).
std::string StateJson(const State& state);

// config-linux.md, "The Container Process State": what a seccomp listener gets.
std::string ContainerProcessStateJson(const State& state, pid_t pid, const std::string& metadata);

}  // namespace tare::spec
