// state and list: what is known of one container, and of all.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "commands/listing.h"
#include "lifecycle/runtime.h"

namespace tare::commands {

// State and List add what the supervisor of a container knows of it, and warn if the supervisor was killed.
StatusOr<Listing> State(const lifecycle::Runtime& runtime, const std::string& id);
// Sorted by ID. A container that is deleted meanwhile is left out; so is one whose record is damaged,
// with a warning.
StatusOr<std::vector<Listing>> List(const lifecycle::Runtime& runtime);
// Only the IDs. Nothing but the records is read.
StatusOr<std::vector<std::string>> ListNames(const lifecycle::Runtime& runtime);

}  // namespace tare::commands
