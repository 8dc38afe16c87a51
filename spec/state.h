// The state of a container as the spec's runtime.md shows it: printed by `tare state`, given to hooks on
// stdin.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "spec/config.h"
#include "spec/exit.h"

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

// The state of a container that was created with --supervise.
struct SupervisedState {
  pid_t supervisor = 0;       // 0: it has exited, or was killed
  bool lost = false;          // it was killed: nobody will know how the container ends
  std::string started;        // RFC 3339; empty: not yet
  int restarts = 0;           // so far
  std::string policy;         // of restarting
  std::string log;            // the path of its newest file
  std::optional<Exit> ended;  // the last run, if none has begun since
};

// What `tare state` and `tare list` add to it, as runc does; more for a supervised container.
struct StateDetails {
  std::string rootfs;
  std::string created;  // RFC 3339, nanoseconds, UTC
  std::string owner;    // user name, or "#UID" if it has none
  std::optional<SupervisedState> supervision;
};

// The indented document of `tare state` (pid 0 when stopped, as runc prints it).
std::string StateDocument(const State& state, const StateDetails& details);

// The array of `tare list --format json`, one line; "null" when empty, as runc prints it.
std::string ListDocument(const std::vector<std::pair<State, StateDetails>>& containers);

// config-linux.md, "The Container Process State": what a seccomp listener gets.
std::string ContainerProcessStateJson(const State& state, pid_t pid, const std::string& metadata);

}  // namespace tare::spec
