// What a memory limit does to the container: refused because of what is used, or enforced by killing.
#pragma once

#include <string>

#include "base/status.h"
#include "cgroup/directory.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// memory.checkBeforeUpdate: an error if `limit` would be exceeded at once. `usage_file` is the version's name
// for what is used now.
Status CheckUsage(Directory& memory, const std::string& usage_file, const spec::MemoryResources& limits);

// True if the "oom_kill" of an events file of the memory controller is not 0.
bool CountsOomKills(Directory& memory, const std::string& events_file);

}  // namespace tare::cgroup
