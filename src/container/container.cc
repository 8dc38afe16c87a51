#include "container/container.h"

#include <cerrno>

#include "base/log.h"
#include "base/step.h"
#include "cgroup/mark.h"
#include "container/cgroup.h"
#include "container/gate.h"
#include "kernel/procfs.h"
#include "resctrl/mark.h"
#include "resctrl/mount.h"

namespace tare::container {
namespace {

using spec::ContainerStatus;

StatusOr<ContainerStatus> StatusNow(const Container& container) {
  if (!container.alive()) return ContainerStatus::kStopped;
  StatusOr<bool> frozen = container.cgroup->IsFrozen();
  if (frozen.ok() && *frozen) return ContainerStatus::kPaused;
  TARE_ASSIGN_OR_RETURN(const bool creating, container.directory.creating());
  if (creating) return ContainerStatus::kCreating;
  TARE_ASSIGN_OR_RETURN(const bool gate_stands, GateStands(container.directory));
  return gate_stands ? ContainerStatus::kCreated : ContainerStatus::kRunning;
}

// Why the record could not be loaded.
std::string WhyLost(const Directory& directory, const Status& loaded) {
  if (!directory.exists()) return absl::StrCat("the directory ", directory.path(), " is gone");
  if (ErrnoOf(loaded) == ENOENT) return absl::StrCat("the record is gone from ", directory.path());
  if (absl::IsUnimplemented(loaded))
    return absl::StrCat("the container was created by a newer tare: ", loaded.message());
  return absl::StrCat("the record is damaged: ", loaded.message());
}

// True if the record may be good: the caller may not read it, or lacks descriptors or memory for the moment.
bool IsReaders(int error, const Directory& directory) {
  if (error == EACCES) return !directory.is_ours();
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

// What can be done about a record that cannot be used.
std::string Remedy(const std::string& id, const Status& loaded) {
  const bool is_newer = absl::IsUnimplemented(loaded);
  return absl::StrCat(" (", is_newer ? "use that tare, or " : "", "run `tare delete --force ", id,
                      "` to remove ", is_newer ? "the container)" : "what is left)");
}

// A directory has no record if the creating process has only begun or was killed before it cloned init, or if
// the record was removed.
StatusOr<Record> LoadRecord(const std::string& root, const Directory& directory) {
  StatusOr<Record> record = directory.Load();
  const int error = ErrnoOf(record.status());
  if (record.ok() || IsReaders(error, directory)) return record;
  if (error == ENOENT && !directory.was_used()) return DoesNotExist(root, directory.id());
  const std::string why =
      absl::StrCat(WhyLost(directory, record.status()), Remedy(directory.id(), record.status()));
  if (error == ENOENT) return absl::NotFoundError(absl::StrCat("container does not exist: ", why));
  return absl::DataLossError(why);
}

void LogStatus(const Record& record, ContainerStatus status) {
  log::Debug("container ", record.id, " is ", spec::StatusName(status), ", its init is process ",
             record.init_pid, status == ContainerStatus::kStopped ? ", which has ended" : "");
}

// No descriptor: it has ended.
StatusOr<kernel::Fd> OpenInit(const Record& record) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd init, kernel::OpenProcess(record.init_pid, record.init_start_time),
                        "looking for the init process");
  return init;
}

StatusOr<Container> Look(Directory directory, Record record, kernel::Fd init) {
  std::unique_ptr<cgroup::Manager> cgroup = ExistingCgroup(record.cgroup_paths, record.systemd_cgroup);
  Container container{std::move(directory), std::move(record), std::move(cgroup), std::move(init)};
  TARE_ASSIGN_OR_RETURN(container.status, StatusNow(container));
  LogStatus(container.record, container.status);
  return container;
}

StatusOr<Container> Look(Directory directory, Record record) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd init, OpenInit(record));
  return Look(std::move(directory), std::move(record), std::move(init));
}

StatusOr<std::vector<std::string>> FindResctrl(const std::string& owner) {
  const StatusOr<std::string> root = resctrl::MountPoint();
  if (!root.ok()) return std::vector<std::string>();  // it is not mounted
  return resctrl::FindMarked(*root, owner);
}

}  // namespace

StatusOr<Container> Load(const std::string& root, const std::string& id) {
  TARE_STEP("load the record of container ", id, " and look at its init and its cgroup");
  TARE_ASSIGN_OR_RETURN(Directory directory, Directory::Open(root, id));
  TARE_ASSIGN_OR_RETURN(Record record, LoadRecord(root, directory));
  return Look(std::move(directory), std::move(record));
}

StatusOr<Summary> LoadSummary(const std::string& root, int root_fd, const std::string& id) {
  std::optional<Record> record = PeekRecord(root_fd, id);
  if (!record) {
    TARE_ASSIGN_OR_RETURN(Container container, Load(root, id));
    return Summary{std::move(container.record), container.status};
  }
  TARE_ASSIGN_OR_RETURN(kernel::Fd init, OpenInit(*record));
  if (!init) {
    LogStatus(*record, ContainerStatus::kStopped);
    return Summary{*std::move(record), ContainerStatus::kStopped};
  }
  TARE_ASSIGN_OR_RETURN(Directory directory, Directory::Open(root, id));
  TARE_ASSIGN_OR_RETURN(Container container, Look(std::move(directory), *std::move(record), std::move(init)));
  return Summary{std::move(container.record), container.status};
}

StatusOr<Remains> LoadRemains(const std::string& root, const std::string& id) {
  StatusOr<Directory> opened = Directory::Open(root, id);
  if (!opened.ok() && !absl::IsNotFound(opened.status())) return opened.status();
  Directory directory = opened.ok() ? *std::move(opened) : Directory::Gone(root, id);
  TARE_ASSIGN_OR_RETURN(cgroup::MarkedCgroup found, cgroup::FindMarked(OwnerName(root, id)));
  if (const std::string noted = directory.NotedCgroup(); cgroup::IsUnmarkedAndEmpty(noted))
    found.paths[""] = noted;
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> rdt, FindResctrl(OwnerName(root, id)));
  if (!directory.exists() && found.paths.empty() && rdt.empty()) return DoesNotExist(root, id);
  std::string why = WhyLost(directory, directory.Load().status());
  Record record = SalvageRecord(directory.LoadDamaged(), id);
  record.cgroup_paths = std::move(found.paths);
  record.systemd_cgroup = found.systemd;
  record.rdt_owned = std::move(rdt);
  record.has_poststop_hooks = directory.was_used();  // the config tells whether it has any
  TARE_ASSIGN_OR_RETURN(Container container, Look(std::move(directory), std::move(record)));
  return Remains{.container = std::move(container), .why = std::move(why)};
}

Status NotRunning(const std::string& id, ContainerStatus status) {
  return absl::FailedPreconditionError(
      absl::StrCat("container not running: \"", id, "\" is ", spec::StatusName(status)));
}

spec::State StateOf(const Record& record, ContainerStatus status) {
  return {.id = record.id,
          .status = status,
          .pid = status == ContainerStatus::kStopped ? 0 : record.init_pid,
          .bundle = record.bundle,
          .annotations = record.annotations};
}

spec::State StateOf(const Container& container) {
  return StateOf(container.record, container.status);
}

}  // namespace tare::container
