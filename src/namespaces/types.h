// The kernel's flags and names for the spec's namespace types.
#pragma once

#include <cstdint>

#include "spec/config_linux.h"

namespace tare::namespaces {

// CLONE_NEW*
uint64_t CloneFlag(spec::NamespaceType type);

// The name in /proc/PID/ns: "pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time".
const char* ProcName(spec::NamespaceType type);

}  // namespace tare::namespaces
