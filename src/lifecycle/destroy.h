// The end of a container: everything that create made is undone.
#pragma once

#include "base/status.h"
#include "container/container.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

// Kills what is left of it, removes its cgroups and its directory, and runs the poststop hooks, whose failure
// is only a warning (runtime.md, lifecycle step 13).
Status Destroy(container::Container& container);

// Destroys whatever there is of container `id`. If its record is damaged or gone, that is what can be found
// by its name; warns about that, and about what cannot be found. Finding nothing is not an error.
Status Destroy(const Runtime& runtime, const std::string& id);

}  // namespace tare::lifecycle
