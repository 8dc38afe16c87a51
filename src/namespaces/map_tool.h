// Calls newuidmap(1) and newgidmap(1), the setuid programs that let users map the IDs that /etc/subuid and
// /etc/subgid assign to them.
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::namespaces {

// Runs `tool`, found in $PATH, for the map of `pid`. If it fails, the error contains its output.
Status RunMapTool(const char* tool, pid_t pid, const std::vector<spec::IdMapping>& mappings);

}  // namespace tare::namespaces
