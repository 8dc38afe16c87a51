// mounts: adds mounts to a container that exists, and removes them. A process of ours enters the container,
// so the caller has protected its executable (security/own_executable.h).
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lifecycle/runtime.h"
#include "spec/config.h"

namespace tare::commands {

// Adds all mounts or none. A relative bind source is relative to the bundle, as in config.json. The container
// must be created, running or paused, and have a mount namespace.
Status AddMounts(const lifecycle::Runtime& runtime, const std::string& id,
                 const std::vector<spec::Mount>& mounts);

// Removes all mounts or none. Only their destinations matter.
Status RemoveMounts(const lifecycle::Runtime& runtime, const std::string& id,
                    const std::vector<spec::Mount>& mounts);

}  // namespace tare::commands
