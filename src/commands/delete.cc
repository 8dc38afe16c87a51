#include "commands/delete.h"

#include "commands/supervisor.h"
#include "container/container.h"
#include "lifecycle/destroy.h"

namespace tare::commands {
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

Status DeleteContainer(const lifecycle::Runtime& runtime, const std::string& id, bool force) {
  if (force) return lifecycle::Destroy(runtime, id);
  TARE_ASSIGN_OR_RETURN(container::Container container, container::Load(runtime.root, id));
  TARE_RETURN_IF_ERROR(CheckDeletable(container));
  return lifecycle::Destroy(container);
}

// Before its supervisor is asked to do anything: a container that is not deleted keeps its restarts.
Status CheckSupervisedDeletable(const lifecycle::Runtime& runtime, const std::string& id,
                                const session::SupervisorClient& supervisor) {
  StatusOr<container::Container> container = container::Load(runtime.root, id);
  if (absl::IsNotFound(container.status()) && supervisor.AwaitContainer())
    container = container::Load(runtime.root, id);
  return container.ok() ? CheckDeletable(*container) : absl::OkStatus();
}

}  // namespace

Status Delete(const lifecycle::Runtime& runtime, const std::string& id, bool force) {
  TARE_ASSIGN_OR_RETURN(session::SupervisorClient supervisor, FindSupervisor(runtime, id));
  if (!supervisor) return DeleteContainer(runtime, id, force);
  if (!force) TARE_RETURN_IF_ERROR(CheckSupervisedDeletable(runtime, id, supervisor));
  (void)supervisor.StopRestarting();  // if it does not answer, Remove() kills it
  const Status deleted = DeleteContainer(runtime, id, force);
  // The last restart may have failed, so that only the session is left.
  if (!absl::IsNotFound(deleted)) TARE_RETURN_IF_ERROR(deleted);
  return supervisor.Remove();
}

}  // namespace tare::commands
