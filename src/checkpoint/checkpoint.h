// checkpoint: the processes of a container become images on disk.
#pragma once

#include <string>

#include "base/status.h"
#include "checkpoint/options.h"
#include "container/container.h"
#include "lifecycle/runtime.h"

namespace tare::checkpoint {

// FailedPrecondition, in runc's words: a container that is created or stopped has nothing to be saved.
Status CheckCanBeSaved(const container::Container& container);

// Saves the container. Afterwards its processes are gone, unless `leave_running` or `pre_dump` is set. On
// failure they run on, and nothing of the image is left; the error has CRIU's last errors, and names its log.
Status Dump(const container::Container& container, const CheckpointOptions& options);

// True if the processes are gone after Dump().
inline bool EndsContainer(const CheckpointOptions& options) {
  return !options.leave_running && !options.pre_dump;
}

}  // namespace tare::checkpoint
