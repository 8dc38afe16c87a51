// Compares memory limits with the memory that is used, and finds out whether the kernel has enforced one.
#pragma once

#include <string>

#include "base/status.h"
#include "cgroup/directory.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// memory.checkBeforeUpdate: an error if `limits` would be exceeded immediately. `usage_file` is the name of
// the file with the current usage, which differs between v1 and v2.
Status CheckUsage(Directory& memory, const std::string& usage_file, const spec::MemoryResources& limits);

// True if "oom_kill" in the events file of the memory controller is not 0.
bool HasOomKills(Directory& memory, const std::string& events_file);

}  // namespace tare::cgroup
