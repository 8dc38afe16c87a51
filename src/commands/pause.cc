#include "commands/pause.h"

#include "base/log.h"
#include "base/step.h"
#include "container/container.h"

namespace tare::commands {
namespace {

using container::Container;
using spec::ContainerStatus;

// Load() takes a container whose freezer cannot be read for one that is not paused; to resume it, that
// is an error.
StatusOr<bool> IsPaused(const Container& container) {
  if (container.status == ContainerStatus::kPaused) return true;
  return container.alive() ? container.cgroup->IsFrozen() : false;
}

}  // namespace

Status Pause(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  if (container.status != ContainerStatus::kRunning && container.status != ContainerStatus::kCreated)
    return container::NotRunning(id, container.status);
  TARE_STEP("freezing the cgroup of container ", id);
  return container.cgroup->Freeze();
}

Status Resume(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  TARE_ASSIGN_OR_RETURN(const bool paused, IsPaused(container));
  if (!paused) return absl::FailedPreconditionError("container not paused");
  TARE_STEP("thawing the cgroup of container ", id);
  return container.cgroup->Thaw();
}

}  // namespace tare::commands
