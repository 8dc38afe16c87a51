// What of a blueprint is recorded when its container exists.
#pragma once

#include <sys/types.h>

#include "container/record.h"
#include "lifecycle/create/blueprint.h"

namespace tare::lifecycle {

// Everything that the blueprint decides. Missing are the start time of `init` and what was made on the way:
// the mount at the rootfs, the resctrl group, the filter.
container::Record RecordOf(const Blueprint& blueprint, pid_t init);

}  // namespace tare::lifecycle
