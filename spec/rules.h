// The rules that a schema cannot express: those that concern two or more properties of config.json. They
// depend on the document only, and not on the kernel or on any file.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config.h"

namespace tare::spec {

// Returns the first violation as "config.json: /JSON/POINTER: what is wrong", for example a hostname without
// a uts namespace.
Status Check(const Config& config);

// The rules for a process document (`exec --process`).
Status Check(const Process& process);

// The rules for a list of mounts (`mounts add`) for a container with or without a user namespace.
Status Check(const std::vector<Mount>& mounts, bool has_user_namespace);

// The rules for a resources document (`update --resources`).
Status Check(const Resources& resources);

// One violation of a rule.
struct Fault {
  std::string pointer;  // as the message names it
  std::string what;
  std::string place;  // the pointer of the value to show; below `pointer`, or the same
};

// All violations, in the order in which they are checked: Check() returns the first. `unread` are the
// pointers of values that the parser could not read. What depends on them is not judged, because the same
// mistake would be reported again in other words.
std::vector<Fault> FaultsOf(const Config& config, const std::vector<std::string>& unread);

}  // namespace tare::spec
