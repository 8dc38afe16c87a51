#include "cgroup/v2/manager.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "cgroup/limits.h"
#include "cgroup/memory_check.h"
#include "cgroup/path.h"
#include "cgroup/privilege.h"
#include "cgroup/signal.h"
#include "cgroup/v2/delegate.h"
#include "cgroup/v2/devices.h"
#include "cgroup/v2/freezer.h"
#include "cgroup/v2/translate.h"
#include "cgroup/v2/tree.h"
#include "kernel/file.h"

namespace tare::cgroup::v2 {
namespace {

constexpr char kNewCpuMax[] = "max 100000";

// A threaded cgroup has no cgroup.kill. While it is frozen, its processes cannot fork, and SIGKILL
// ends them nevertheless.
Status KillThreaded(Directory& directory) {
  TARE_ASSIGN_OR_RETURN(const bool frozen, IsDirectoryFrozen(directory));
  if (!frozen) FreezeDirectory(directory).IgnoreError();
  TARE_RETURN_IF_ERROR(KillUntilNoneIsNew([&] { return PidsBelow(directory.path()); }, 1000).status());
  return frozen ? absl::OkStatus() : ThawDirectory(directory);
}

}  // namespace

std::unique_ptr<Manager> Plan(const std::string& root, const std::string& path, IfDenied if_denied) {
  return std::make_unique<ManagerV2>(root, path, if_denied);
}

std::unique_ptr<Manager> Existing(const std::string& absolute_path) {
  return std::make_unique<ManagerV2>("", absolute_path, IfDenied::kFail);
}

std::unique_ptr<Manager> None() {
  return std::make_unique<ManagerV2>("", "", IfDenied::kGoWithout);
}

ManagerV2::ManagerV2(std::string root, std::string path, IfDenied if_denied)
    : root_(std::move(root)), path_(std::move(path)), directory_(Join(root_, path_)), if_denied_(if_denied) {
  if (!directory_.path().empty()) paths_[""] = directory_.path();
}

Status ManagerV2::Create(pid_t init) {
  if (paths_.empty()) return absl::OkStatus();  // see None()
  created_ = true;
  Status status = CreateDirectory(init);
  if (status.ok()) return status;
  RemoveDirectories(made_);
  made_.clear();
  if (if_denied_ == IfDenied::kFail || !IsDenied(status))
    return Annotate(status, "creating the container's cgroup");
  paths_.clear();
  return absl::OkStatus();
}

Status ManagerV2::CreateDirectory(pid_t init) {
  TARE_RETURN_IF_ERROR(CheckFitForPurpose(init));
  TARE_ASSIGN_OR_RETURN(made_, MakeCgroup(root_, path_));
  TARE_ASSIGN_OR_RETURN(const std::string type, TypeOf(directory_.path()));
  // If a parent contains processes or is threaded, only a threaded cgroup can be entered. Controllers that do
  // not support threads (memory, io) then have no files, and setting their limits is an error.
  if (type == "domain invalid") return directory_.Write("cgroup.type", "threaded");
  return absl::OkStatus();
}

Status ManagerV2::CheckFitForPurpose(pid_t init) {
  TARE_RETURN_IF_ERROR(CheckUnused(directory_.path(), init));
  Directory nearest(NearestDirectory(directory_.path()));
  TARE_ASSIGN_OR_RETURN(const bool still, IsEffectivelyFrozen(nearest));
  return still ? FrozenError(directory_.path()) : absl::OkStatus();
}

StatusOr<Directory*> ManagerV2::Own() {
  if (!paths_.empty()) return &directory_;
  return NoCgroupError();
}

Status ManagerV2::Apply(const spec::Resources& resources, bool update) {
  if (const std::optional<spec::Resources> alone = WithoutIdleWeight(resources)) {
    log::Warning(kIdleWeightWarning);
    return Apply(*alone, update);
  }
  return Annotate(ApplyAll(resources, update), "linux.resources");
}

Status ManagerV2::Check(const spec::Resources& resources, bool update) {
  Status status = v2::Check(resources);
  if (status.ok() && update) status = CheckUsage(directory_, "memory.current", resources.memory);
  return Annotate(status, "linux.resources");
}

Status ManagerV2::ApplyAll(const spec::Resources& resources, bool update) {
  Current current = {.cpu_max = kNewCpuMax};
  if (update && NeedsCpuMax(resources)) {
    TARE_ASSIGN_OR_RETURN(current.cpu_max, directory_.Read("cpu.max"));
  }
  if (update && resources.block_io.weight) current.bfq_weight = directory_.Read("io.bfq.weight").value_or("");
  TARE_ASSIGN_OR_RETURN(const std::vector<Write> writes, Translate(resources, update, current));
  TARE_RETURN_IF_ERROR(CheckUsage(directory_, "memory.current", resources.memory));
  Status status = Perform(writes, [this](absl::string_view) { return Own(); });
  if (!status.ok()) return Explain(status, writes);
  if (update && resources.devices.empty()) return absl::OkStatus();
  return Annotate(ApplyDevices(resources), "devices");
}

// If the file of a limit is missing, then nearly always because the controller is. The reason is further up
// in the tree.
Status ManagerV2::Explain(const Status& status, const std::vector<Write>& writes) {
  if (ErrnoOf(status) == EOPNOTSUPP && absl::StrContains(status.message(), "io.bfq.weight"))
    return Annotate(status, "set the disk's scheduler to \"bfq\" (/sys/block/DISK/queue/scheduler)");
  if (ErrnoOf(status) != ENOENT) return status;
  StatusOr<std::string> available = directory_.Read("cgroup.controllers");
  if (!available.ok()) return status;
  const std::vector<std::string> names = absl::StrSplit(*available, ' ');
  for (const Write& write : writes) {
    const std::string controller(ControllerOf(write.file));
    if (controller == "cgroup" || controller == write.file ||
        std::ranges::find(names, controller) != names.end())
      continue;
    return absl::FailedPreconditionError(absl::StrCat("cannot set ", write.file, ": controller ", controller,
                                                      " is not available in ", directory_.path(), " (",
                                                      WhyAbsent(controller, directory_.path()), ")"));
  }
  return status;
}

Status ManagerV2::ApplyDevices(const spec::Resources& resources) {
  if (paths_.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const int directory, directory_.Descriptor());
  const Attached before = made_.empty() ? Attached::kPerhaps : Attached::kNone;
  Status status = SetDevicePolicy(directory, CompletePolicy(resources.devices), before);
  if (IsDenied(status) && (if_denied_ == IfDenied::kGoWithout || IsRootless())) return absl::OkStatus();
  return status;
}

Status ManagerV2::Delegate(uid_t owner) {
  if (paths_.empty()) return absl::OkStatus();
  return DelegateDirectory(directory_, owner);
}

StatusOr<kernel::Fd> ManagerV2::OpenForClone() {
  if (paths_.empty()) return kernel::Fd();
  return kernel::Open(directory_.path(), O_PATH | O_DIRECTORY);
}

StatusOr<std::vector<kernel::Fd>> ManagerV2::OpenEntryFds() {
  return std::vector<kernel::Fd>();
}

Status ManagerV2::Enter(pid_t pid) {
  if (paths_.empty()) return absl::OkStatus();
  return MoveInto(directory_.path(), pid);
}

Status ManagerV2::Freeze() {
  TARE_ASSIGN_OR_RETURN(Directory * directory, Own());
  return FreezeDirectory(*directory);
}

Status ManagerV2::Thaw() {
  TARE_ASSIGN_OR_RETURN(Directory * directory, Own());
  return ThawDirectory(*directory);
}

StatusOr<bool> ManagerV2::IsFrozen() {
  if (paths_.empty()) return false;
  return IsDirectoryFrozen(directory_);
}

StatusOr<std::vector<pid_t>> ManagerV2::Pids() {
  TARE_ASSIGN_OR_RETURN(Directory * directory, Own());
  return PidsBelow(directory->path());
}

Status ManagerV2::SignalAll(int signal) {
  if (signal != SIGKILL) return SignalFrozen(*this, signal);
  TARE_ASSIGN_OR_RETURN(Directory * directory, Own());
  // Since Linux 5.14. This also kills frozen processes and those that are just being forked.
  Status status = directory->Write("cgroup.kill", "1");
  if (ErrnoOf(status) == EOPNOTSUPP) return KillThreaded(*directory);
  return ErrnoOf(status) == ENOENT ? absl::OkStatus() : status;  // the cgroup is gone, with its processes
}

bool ManagerV2::OomKilled() {
  return !paths_.empty() && HasOomKills(directory_, "memory.events");
}

Status ManagerV2::Remove() {
  if (paths_.empty() || (created_ && made_.empty())) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(RemoveTrees({directory_.path()}));
  RemoveDirectories(made_);
  return absl::OkStatus();
}

std::vector<Hierarchy> ManagerV2::Hierarchies() const {
  if (paths_.empty()) return {};
  return {{.name = "", .mount_options = "", .controllers = {}, .path = directory_.path()}};
}

}  // namespace tare::cgroup::v2
