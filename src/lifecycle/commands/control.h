// The short stories: kill, delete, pause, resume, update, state, list, ps.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "lifecycle/runtime.h"
#include "spec/config_linux.h"
#include "spec/state.h"

namespace tare::lifecycle {

// Errors that engines match: "container does not exist", "container not running".
Status Kill(const Runtime& runtime, const std::string& id, int signal, bool all);

// Removes a stopped container and runs its poststop hooks. With `force` it is killed first, and it is not an
// error if it does not exist.
Status Delete(const Runtime& runtime, const std::string& id, bool force);

Status Pause(const Runtime& runtime, const std::string& id);
Status Resume(const Runtime& runtime, const std::string& id);
// `rdt` has nothing but the schemata that are to change; an error for a container without linux.intelRdt.
Status Update(const Runtime& runtime, const std::string& id, spec::Resources resources,
              const spec::IntelRdt& rdt = {});

struct Listing {
  spec::State state;
  spec::StateDetails details;
};

StatusOr<Listing> State(const Runtime& runtime, const std::string& id);
// In order of id; a container that vanishes meanwhile, or whose record is damaged, is left out with a
// warning.
StatusOr<std::vector<Listing>> List(const Runtime& runtime);
// Only their ids: nothing but their records is read.
StatusOr<std::vector<std::string>> ListNames(const Runtime& runtime);

// Pids of the container's processes, in the caller's pid namespace.
StatusOr<std::vector<pid_t>> Processes(const Runtime& runtime, const std::string& id);

}  // namespace tare::lifecycle
