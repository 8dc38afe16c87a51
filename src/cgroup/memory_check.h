// A memory limit below what the container uses already.
#pragma once

#include <string>

#include "base/status.h"
#include "cgroup/folder.h"
#include "spec/config_linux.h"

namespace tare::cgroup {

// memory.checkBeforeUpdate: an error if `limit` would be exceeded at once. `usage_file` is the version's name
// for what is used now.
Status CheckUsage(Folder& memory, const std::string& usage_file, const spec::MemoryResources& limits);

}  // namespace tare::cgroup
