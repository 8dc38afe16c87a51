// What in a config.json weakens the isolation of a container from its host. All of it is allowed, and some
// containers need it. Depends on the document only.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "spec/inspection.h"

namespace tare::explain {

// Adds a warning for each.
void WarnOfPrivileges(spec::Inspection& inspection);

// Calls `act` with the pointer and the name of each capability in each set.
void ForEachCapability(const spec::Config& config,
                       absl::FunctionRef<void(const std::string& pointer, const std::string& name)> act);

}  // namespace tare::explain
