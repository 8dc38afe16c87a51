#include "container/container.h"

#include <cerrno>

#include "base/log.h"
#include "cgroup/mark.h"
#include "cgroup/select.h"
#include "container/gate.h"
#include "kernel/procfs.h"

namespace tare::container {
namespace {

using spec::ContainerStatus;

StatusOr<ContainerStatus> StatusNow(const Container& container) {
  if (!container.alive()) return ContainerStatus::kStopped;
  StatusOr<bool> frozen = container.cgroup->IsFrozen();
  if (frozen.ok() && *frozen) return ContainerStatus::kPaused;
  TARE_ASSIGN_OR_RETURN(const bool creating, container.folder.creating());
  if (creating) return ContainerStatus::kCreating;
  TARE_ASSIGN_OR_RETURN(const bool gate_stands, GateStands(container.folder));
  return gate_stands ? ContainerStatus::kCreated : ContainerStatus::kRunning;
}

// Why Load() of the record was in vain.
std::string WhyLost(const Folder& folder, const Status& loaded) {
  if (!folder.exists()) return absl::StrCat("the folder ", folder.path(), " is gone");
  if (ErrnoOf(loaded) == ENOENT) return absl::StrCat("the record is gone from ", folder.path());
  return absl::StrCat("the record is damaged: ", loaded.message());
}

// The fault is the caller's, or will pass.
bool IsReaders(int error, const Folder& folder) {
  if (error == EACCES) return !folder.is_ours();
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

// A folder without a record: its creator has only begun, or was killed before it had made a process; or the
// record was removed.
StatusOr<spec::Record> LoadRecord(const Folder& folder) {
  StatusOr<spec::Record> record = folder.Load();
  const int error = ErrnoOf(record.status());
  if (record.ok() || IsReaders(error, folder)) return record;
  constexpr char kNone[] = "container does not exist";
  if (error == ENOENT && !folder.was_used()) return absl::NotFoundError(kNone);
  const std::string why = absl::StrCat(WhyLost(folder, record.status()), " (\"delete --force ", folder.id(),
                                       "\" removes what is left of it)");
  if (error == ENOENT) return absl::NotFoundError(absl::StrCat(kNone, ": ", why));
  return absl::DataLossError(why);
}

StatusOr<Container> Look(Folder folder, spec::Record record) {
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<cgroup::Manager> cgroup,
                        cgroup::Attach(record.cgroup_paths, record.systemd_cgroup));
  Container container{std::move(folder), std::move(record), std::move(cgroup)};
  const spec::Record& known = container.record;
  TARE_ASSIGN_OR_RETURN(container.init, kernel::OpenProcess(known.init_pid, known.init_start_time),
                        "looking for the init process");
  TARE_ASSIGN_OR_RETURN(container.status, StatusNow(container));
  log::Debug("container ", known.id, " is ", spec::StatusName(container.status), ", its init is process ",
             known.init_pid, container.alive() ? "" : ", which has ended");
  return container;
}

}  // namespace

StatusOr<Container> Load(const std::string& root, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Folder folder, Folder::Open(root, id));
  TARE_ASSIGN_OR_RETURN(spec::Record record, LoadRecord(folder));
  return Look(std::move(folder), std::move(record));
}

StatusOr<Remains> LoadRemains(const std::string& root, const std::string& id) {
  StatusOr<Folder> opened = Folder::Open(root, id);
  if (!opened.ok() && !absl::IsNotFound(opened.status())) return opened.status();
  Folder folder = opened.ok() ? *std::move(opened) : Folder::Gone(root, id);
  TARE_ASSIGN_OR_RETURN(cgroup::Found found, cgroup::FindMarked(OwnerName(root, id)));
  if (const std::string noted = folder.NotedCgroup(); cgroup::IsUnclaimed(noted)) found.paths[""] = noted;
  if (!folder.exists() && found.paths.empty()) return absl::NotFoundError("container does not exist");
  std::string why = WhyLost(folder, folder.Load().status());
  spec::Record record = spec::SalvageRecord(folder.LoadDamaged(), id);
  record.cgroup_paths = std::move(found.paths);
  record.systemd_cgroup = found.systemd;
  record.has_poststop_hooks = folder.was_used();  // the config tells whether it has any
  TARE_ASSIGN_OR_RETURN(Container container, Look(std::move(folder), std::move(record)));
  return Remains{.container = std::move(container), .why = std::move(why)};
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
