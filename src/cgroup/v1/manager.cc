#include "cgroup/v1/manager.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cgroup/memory_check.h"
#include "cgroup/path.h"
#include "cgroup/privilege.h"
#include "cgroup/signal.h"
#include "cgroup/v1/cpuset.h"
#include "cgroup/v1/freezer.h"
#include "cgroup/v1/translate.h"
#include "cgroup/v2/manager.h"
#include "kernel/file.h"

namespace tare::cgroup::v1 {
namespace {

bool Has(const ManagerV1::Place& place, absl::string_view controller) {
  return std::ranges::find(place.controllers, controller) != place.controllers.end();
}

// The path in the runtime's own cgroup namespace (cgroups(7)): a relative path starts at the runtime's cgroup
// in each hierarchy.
std::string DirectoryPath(const MountedHierarchy& hierarchy, const Request& request) {
  const std::string inner = Clean(request.cgroups_path.empty() ? request.container_id : request.cgroups_path);
  const bool absolute = absl::StartsWith(request.cgroups_path, "/");
  return Join(hierarchy.mount_point, absolute ? inner : Join(hierarchy.own, inner));
}

}  // namespace

std::unique_ptr<Manager> Plan(const Layout& layout, const Request& request, IfDenied if_denied) {
  std::vector<ManagerV1::Place> places;
  for (const MountedHierarchy& hierarchy : layout.hierarchies)
    places.push_back({hierarchy.controllers, Directory(DirectoryPath(hierarchy, request))});
  // A user's process can only enter cgroups that are delegated together with the one it is in.
  if (layout.hybrid && !request.rootless)
    places.push_back({{""}, Directory(DirectoryPath(*layout.hybrid, request))});
  return std::make_unique<ManagerV1>(std::move(places), if_denied, ManagerV1::Stage::kPlanned);
}

std::unique_ptr<Manager> Existing(const Paths& paths) {
  std::vector<ManagerV1::Place> places;
  for (const auto& [controller, path] : paths) {
    auto same = std::ranges::find_if(
        places, [&path = path](const auto& place) { return place.directory.path() == path; });
    if (same == places.end())
      places.push_back({{controller}, Directory(path)});
    else
      same->controllers.push_back(controller);
  }
  return std::make_unique<ManagerV1>(std::move(places), IfDenied::kFail, ManagerV1::Stage::kMade);
}

ManagerV1::ManagerV1(std::vector<Place> places, IfDenied if_denied, Stage stage)
    : places_(std::move(places)), if_denied_(if_denied), stage_(stage) {
  ListPaths();
}

void ManagerV1::ListPaths() {
  paths_.clear();
  for (const Place& place : places_)
    for (const std::string& controller : place.controllers) paths_[controller] = place.directory.path();
}

Status ManagerV1::Create(pid_t init) {
  created_ = true;
  Status status = CreateAll(init);
  if (!status.ok())
    for (const Place& place : places_) RemoveDirectories(place.made);
  return status;
}

Status ManagerV1::CheckFitForPurpose(pid_t init) {
  for (const Place& place : places_)
    if (!place.hybrid() && place.made.empty())
      TARE_RETURN_IF_ERROR(CheckUnused(place.directory.path(), init));
  if (const Place* hybrid = Hybrid())
    TARE_RETURN_IF_ERROR(v2::Existing(hybrid->directory.path())->CheckFitForPurpose(init));
  for (const Place& place : places_) {
    if (!Has(place, "freezer")) continue;
    Directory nearest(place.made.empty() ? NearestDirectory(place.directory.path()) : place.directory.path());
    TARE_ASSIGN_OR_RETURN(const bool frozen, IsDirectoryFrozen(nearest));
    if (frozen) return FrozenError(place.directory.path());
  }
  return absl::OkStatus();
}

// The check comes afterwards, because mkdir(2) tells which directories existed, and only those can be in use.
Status ManagerV1::CreateAll(pid_t init) {
  for (Place& place : places_) {
    Status status = CreateOne(place);
    place.denied = (if_denied_ == IfDenied::kGoWithout || place.hybrid()) && IsDenied(status);
    if (!place.denied) TARE_RETURN_IF_ERROR(status, "creating the container's cgroup");
  }
  std::erase_if(places_, [](const Place& place) { return place.denied; });
  ListPaths();
  return Annotate(CheckFitForPurpose(init), "creating the container's cgroup");
}

ManagerV1::Place* ManagerV1::Hybrid() {
  const auto found = std::ranges::find_if(places_, &Place::hybrid);
  return found == places_.end() ? nullptr : &*found;
}

Status ManagerV1::CreateOne(Place& place) {
  if (!place.made.empty()) return absl::OkStatus();  // OpenForClone() has created it
  TARE_ASSIGN_OR_RETURN(place.made, MakeDirectories(place.directory.path()));
  if (Has(place, "cpuset")) return InheritCpuset(place.directory.path(), !place.made.empty());
  return absl::OkStatus();
}

StatusOr<Directory*> ManagerV1::DirectoryOfController(absl::string_view controller) {
  for (Place& place : places_)
    if (Has(place, controller)) return &place.directory;
  if (places_.empty()) return NoCgroupError();
  return absl::FailedPreconditionError(absl::StrCat(
      "the container has no ", controller, " cgroup: ",
      if_denied_ == IfDenied::kGoWithout ? "creating it was not permitted"
                                         : "the controller is not mounted on this machine (cgroup v1)"));
}

Status ManagerV1::Apply(const spec::Resources& resources, bool update) {
  return Annotate(ApplyAll(resources, update), "linux.resources");
}

Status ManagerV1::Check(const spec::Resources& resources, bool update) {
  return Annotate(CheckAll(resources, update), "linux.resources");
}

Status ManagerV1::CheckAll(const spec::Resources& resources, bool update) {
  TARE_RETURN_IF_ERROR(v1::Check(resources));
  StatusOr<Directory*> memory = DirectoryOfController("memory");
  if (!update || !memory.ok()) return absl::OkStatus();
  return CheckUsage(**memory, "memory.usage_in_bytes", resources.memory);
}

Status ManagerV1::ApplyAll(const spec::Resources& resources, bool update) {
  TARE_ASSIGN_OR_RETURN(const std::vector<Write> writes, Translate(resources, update));
  const DirectoryOf directory_of = [this](absl::string_view controller) {
    return DirectoryOfController(controller);
  };
  if (StatusOr<Directory*> memory = directory_of("memory"); memory.ok())
    TARE_RETURN_IF_ERROR(CheckUsage(**memory, "memory.usage_in_bytes", resources.memory));
  Status status = Perform(writes, directory_of);
  if (ErrnoOf(status) == EBUSY && resources.memory.limit && absl::StrContains(status.message(), "memory."))
    return ExplainBusy(status, *resources.memory.limit);
  TARE_RETURN_IF_ERROR(status);
  if (update && resources.devices.empty()) return absl::OkStatus();
  if (!DirectoryOfController("devices").ok() &&
      (if_denied_ == IfDenied::kGoWithout || resources.devices.empty()))
    return absl::OkStatus();
  const DevicePolicy policy = CompletePolicy(resources.devices);
  return update ? ChangeDevices(policy) : PerformDevices(TranslateDevices(policy));
}

// The kernel returns EBUSY if it cannot reclaim enough memory for a lower limit. The text is runc's,
// which engines show.
Status ManagerV1::ExplainBusy(const Status& busy, int64_t limit) {
  StatusOr<Directory*> memory = DirectoryOfController("memory");
  if (!memory.ok()) return busy;
  StatusOr<std::string> usage = (*memory)->Read("memory.usage_in_bytes");
  StatusOr<std::string> peak = (*memory)->Read("memory.max_usage_in_bytes");
  return Annotate(busy, "unable to set memory limit to ", limit,
                  " (current usage: ", usage.value_or("unknown"), ", peak usage: ", peak.value_or("unknown"),
                  ")");
}

// The container is running. If all devices may be denied for a moment, it is frozen until the
// change is complete.
Status ManagerV1::ChangeDevices(const DevicePolicy& policy) {
  TARE_ASSIGN_OR_RETURN(Directory * devices, DirectoryOfController("devices"));
  TARE_ASSIGN_OR_RETURN(const std::string list, devices->Read("devices.list"));
  const auto change = [&] { return PerformDevices(TranslateDeviceChange(policy, list)); };
  return ReversesDefault(policy, list) ? WhileFrozen(*this, change) : change();
}

Status ManagerV1::PerformDevices(const StatusOr<std::vector<Write>>& writes) {
  TARE_RETURN_IF_ERROR(writes.status());
  const DirectoryOf directory_of = [this](absl::string_view controller) {
    return DirectoryOfController(controller);
  };
  Status status = Perform(*writes, directory_of);
  if (IsDenied(status) && (if_denied_ == IfDenied::kGoWithout || IsRootless())) return absl::OkStatus();
  return status;
}

Status ManagerV1::Delegate(uid_t) {
  return absl::OkStatus();
}

// It has no limits, so nothing is lost if it is read-only, for example inside a container.
kernel::Fd ManagerV1::GoWithoutHybrid() {
  std::erase_if(places_, [](const Place& place) { return place.hybrid(); });
  ListPaths();
  return {};
}

// Init is cloned into the cgroup2. Moving it in through cgroup.procs would take the lock that OpenEntryFds()
// avoids. So the directory is created now; Create() reports other errors.
StatusOr<kernel::Fd> ManagerV1::OpenForClone() {
  Place* hybrid = Hybrid();
  if (hybrid == nullptr) return kernel::Fd();
  if (stage_ == Stage::kPlanned) {
    TARE_RETURN_IF_ERROR(v2::Existing(hybrid->directory.path())->CheckFitForPurpose(0),
                         "creating the container's cgroup");
    created_ = true;
    Status made = CreateOne(*hybrid);
    if (IsDenied(made)) return GoWithoutHybrid();
    TARE_RETURN_IF_ERROR(std::move(made), "creating the container's cgroup");
  }
  StatusOr<kernel::Fd> directory = kernel::Open(hybrid->directory.path(), O_PATH | O_DIRECTORY);
  if (!directory.ok()) RemoveDirectories(hybrid->made);  // the caller will not call Remove()
  return directory;
}

std::vector<ManagerV1::Place*> ManagerV1::MemoryLast() {
  std::vector<Place*> places;
  for (Place& place : places_) places.push_back(&place);
  std::stable_partition(places.begin(), places.end(),
                        [](const Place* place) { return !Has(*place, "memory"); });
  return places;
}

StatusOr<std::vector<kernel::Fd>> ManagerV1::OpenEntryFds() {
  std::vector<kernel::Fd> entry_fds;
  for (const Place* place : MemoryLast()) {
    if (place->hybrid()) continue;
    TARE_ASSIGN_OR_RETURN(kernel::Fd entry_fd, kernel::Open(Join(place->directory.path(), "tasks"), O_WRONLY),
                          "entering the container's cgroup");
    entry_fds.push_back(std::move(entry_fd));
  }
  return entry_fds;
}

Status ManagerV1::Enter(pid_t pid) {
  for (Place* place : MemoryLast()) {
    // Create() may have failed because a shim that does not know the cgroup2 had created and
    // occupied the others.
    if (place->hybrid() && stage_ == Stage::kPlanned) TARE_RETURN_IF_ERROR(CreateOne(*place));
    TARE_RETURN_IF_ERROR(MoveInto(place->directory.path(), pid));
  }
  return absl::OkStatus();
}

StatusOr<Directory*> ManagerV1::Freezer() {
  StatusOr<Directory*> freezer = DirectoryOfController("freezer");
  return freezer.ok() ? freezer : Annotate(freezer.status(), "cannot pause or resume");
}

Status ManagerV1::Freeze() {
  TARE_ASSIGN_OR_RETURN(Directory * freezer, Freezer());
  return FreezeDirectory(*freezer);
}

Status ManagerV1::Thaw() {
  TARE_ASSIGN_OR_RETURN(Directory * freezer, Freezer());
  return ThawDirectory(*freezer);
}

StatusOr<bool> ManagerV1::IsFrozen() {
  StatusOr<Directory*> freezer = Freezer();
  if (!freezer.ok()) return false;
  return IsDirectoryFrozen(**freezer);
}

// The hierarchy whose list of processes is used: no engine or init system moves processes in those of the
// freezer and of devices.
StatusOr<std::string> ManagerV1::ProcessDirectory() {
  for (const char* controller : {"freezer", "devices", "pids"}) {
    if (auto path = paths_.find(controller); path != paths_.end()) return path->second;
  }
  if (!paths_.empty()) return paths_.begin()->second;
  return NoCgroupError();
}

StatusOr<std::vector<pid_t>> ManagerV1::Pids() {
  TARE_ASSIGN_OR_RETURN(const std::string path, ProcessDirectory());
  return PidsBelow(path);
}

Status ManagerV1::SignalAll(int signal) {
  return signal == SIGKILL ? KillAll() : SignalFrozen(*this, signal);
}

// Freezing takes longer than reading the list a second time, so only a fork bomb is frozen.
Status ManagerV1::KillAll() {
  TARE_ASSIGN_OR_RETURN(bool frozen, IsFrozen());
  const ListPids list = [this] { return Pids(); };
  TARE_ASSIGN_OR_RETURN(const bool done, KillUntilNoneIsNew(list, 4));
  StatusOr<Directory*> freezer = Freezer();
  if (!done && freezer.ok()) {
    frozen = true;
    FreezeDirectory(**freezer).IgnoreError();  // if it fails, it thaws
    TARE_RETURN_IF_ERROR(KillUntilNoneIsNew(list, 1000).status());
  }
  return frozen && freezer.ok() ? ThawDirectory(**freezer) : absl::OkStatus();
}

bool ManagerV1::OomKilled() {
  StatusOr<Directory*> memory = DirectoryOfController("memory");
  return memory.ok() && HasOomKills(**memory, "memory.oom_control");
}

Status ManagerV1::Remove() {
  std::vector<std::string> ours;
  for (const Place& place : places_)
    if (!created_ || !place.made.empty()) ours.push_back(place.directory.path());
  TARE_RETURN_IF_ERROR(RemoveTrees(std::move(ours)));
  for (const Place& place : places_) RemoveDirectories(place.made);
  return absl::OkStatus();
}

std::vector<Hierarchy> ManagerV1::Hierarchies() const {
  std::vector<Hierarchy> hierarchies;
  for (const Place& place : places_) {
    if (place.hybrid()) continue;
    const std::string controllers = absl::StrJoin(place.controllers, ",");
    const bool named = absl::StartsWith(controllers, "name=");
    hierarchies.push_back({.name = std::string(absl::StripPrefix(controllers, "name=")),
                           .mount_options = named ? absl::StrCat("none,", controllers) : controllers,
                           .controllers = named ? std::vector<std::string>() : place.controllers,
                           .path = place.directory.path()});
  }
  return hierarchies;
}

}  // namespace tare::cgroup::v1
