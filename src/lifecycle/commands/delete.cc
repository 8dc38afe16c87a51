#include "lifecycle/commands/delete.h"

#include "container/container.h"
#include "lifecycle/commands/removal.h"

namespace tare::lifecycle {
namespace {

// runc deletes a created container, too, and containerd counts on that.
Status CheckDeletable(const container::Container& container) {
  switch (container.status) {
    case spec::ContainerStatus::kStopped:
    case spec::ContainerStatus::kCreated:
      return absl::OkStatus();
    case spec::ContainerStatus::kCreating:
    case spec::ContainerStatus::kRunning:
    case spec::ContainerStatus::kPaused:
      break;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("cannot delete container ", container.record.id,
                   " that is not stopped: ", spec::StatusName(container.status)));
}

}  // namespace

Status Delete(const Runtime& runtime, const std::string& id, bool force) {
  if (force) return Destroy(runtime, id);
  TARE_ASSIGN_OR_RETURN(container::Container container, container::Load(runtime.root, id));
  TARE_RETURN_IF_ERROR(CheckDeletable(container));
  return Destroy(container);
}

}  // namespace tare::lifecycle
