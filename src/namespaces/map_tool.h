// newuidmap(1) and newgidmap(1): the setuid programs that let a user map the ids that /etc/subuid and
// /etc/subgid give them.
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// Runs `tool`, found in $PATH, on the maps of `pid`. What it says is in the error.
Status RunMapTool(const char* tool, pid_t pid, const std::vector<spec::IdMapping>& mappings);

}  // namespace tare::namespaces
