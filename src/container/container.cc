#include "container/container.h"

#include <cerrno>

#include "cgroup/select.h"
#include "container/gate.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

namespace tare::container {
namespace {

using spec::ContainerStatus;

// Nothing if it has ended. The pidfd is opened first and the start time compared after: so the descriptor is
// of the process that was compared. What only could not be looked at is an error: to take it for an end would
// leave init running, and whoever removes its cgroup waiting for it.
StatusOr<kernel::Fd> OpenInit(const spec::Record& record) {
  if (record.init_pid <= 0) return kernel::Fd();
  StatusOr<kernel::Fd> pidfd = kernel::PidfdOpen(record.init_pid);
  if (ErrnoOf(pidfd.status()) == ESRCH) return kernel::Fd();
  TARE_RETURN_IF_ERROR(pidfd.status(), "looking for the init process");
  StatusOr<uint64_t> start = kernel::ProcessStartTime(record.init_pid);
  if (absl::IsNotFound(start.status())) return kernel::Fd();
  TARE_RETURN_IF_ERROR(start.status(), "looking for the init process");
  return *start == record.init_start_time ? *std::move(pidfd) : kernel::Fd();
}

ContainerStatus StatusNow(const Container& container) {
  if (!container.alive()) return ContainerStatus::kStopped;
  StatusOr<bool> frozen = container.cgroup->IsFrozen();
  if (frozen.ok() && *frozen) return ContainerStatus::kPaused;
  if (container.folder.creating()) return ContainerStatus::kCreating;
  return GateStands(container.folder) ? ContainerStatus::kCreated : ContainerStatus::kRunning;
}

// A folder without a record: its creator has only begun, or was killed before it had made a process.
StatusOr<spec::Record> LoadRecord(const Folder& folder) {
  StatusOr<spec::Record> record = folder.Load();
  if (ErrnoOf(record.status()) == ENOENT) return absl::NotFoundError("container does not exist");
  return record;
}

}  // namespace

StatusOr<Container> Load(const std::string& root, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Folder folder, Folder::Open(root, id));
  TARE_ASSIGN_OR_RETURN(spec::Record record, LoadRecord(folder));
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<cgroup::Manager> cgroup,
                        cgroup::Attach(record.cgroup_paths, record.systemd_cgroup));
  Container container{std::move(folder), std::move(record), std::move(cgroup)};
  TARE_ASSIGN_OR_RETURN(container.init, OpenInit(container.record));
  container.status = StatusNow(container);
  return container;
}

spec::State StateOf(const Container& container) {
  const spec::Record& record = container.record;
  return {.id = record.id,
          .status = container.status,
          .pid = container.alive() ? record.init_pid : 0,
          .bundle = record.bundle,
          .annotations = record.annotations};
}

}  // namespace tare::container
