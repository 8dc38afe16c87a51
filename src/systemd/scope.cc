#include "systemd/scope.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "cgroup/layout.h"
#include "cgroup/limits.h"
#include "cgroup/path.h"
#include "cgroup/privilege.h"
#include "cgroup/select.h"
#include "kernel/procfs.h"
#include "systemd/annotations.h"
#include "systemd/current_limits.h"
#include "systemd/properties.h"

namespace tare::systemd {
namespace {

using dbus::Property;
using std::chrono::milliseconds;

constexpr char kScopeSuffix[] = ".scope";

// Process 1 is in "init.scope", directly below the root of what it manages.
StatusOr<std::string> SystemCgroup() {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(const std::string text, procfs->Read("1/cgroup"));
  for (const cgroup::CgroupLine& line : cgroup::ParseCgroup(text))
    if (line.controllers.empty() || line.controllers == "name=systemd")
      return cgroup::Clean(absl::StripSuffix(line.path, "/init.scope"));
  return absl::FailedPreconditionError("/proc/1/cgroup: process 1 is not in a systemd cgroup");
}

StatusOr<std::string> UserCgroup() {
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(Instance::kUser));
  TARE_ASSIGN_OR_RETURN(const std::string cgroup, units.ControlGroup());
  return cgroup::Clean(cgroup);
}

// A user's systemd runs in the service user@UID.service (user@.service(5)).
Instance InstanceOf(absl::string_view path) {
  return absl::StrContains(path, "/user@") ? Instance::kUser : Instance::kSystem;
}

// The container's directory in the hierarchy where systemd tracks its units.
std::string UnitDirectory(const cgroup::Paths& paths) {
  const auto v1 = paths.find("name=systemd");
  return v1 != paths.end() ? v1->second : paths.empty() ? "" : paths.begin()->second;
}

// The name of the scope in a directory's path, and the rest of the path below the scope ("/sub").
std::pair<std::string, std::string> SplitAtUnit(const std::string& directory) {
  const size_t ending = directory.rfind(kScopeSuffix);
  if (ending == std::string::npos) return {};
  const size_t end = ending + sizeof kScopeSuffix - 1;
  const size_t begin = directory.rfind('/', ending) + 1;
  return {directory.substr(begin, end - begin), directory.substr(end)};
}

// CollectMode= is not set: a unit that has failed (RuntimeMaxSec=, OOM) remains, with the reason, until
// `delete`. With IOAccounting=, systemd ignores BlockIOWeight=, the property of v1.
std::vector<Property> UsualProperties(const Scope& scope, pid_t init, Files files) {
  return {
      {"Description", absl::StrCat("container ", absl::StripSuffix(scope.unit.name, ".scope"))},
      {"Slice", scope.unit.slice},
      {"PIDs", std::vector<uint32_t>{static_cast<uint32_t>(init)}},
      {"Delegate", true},              // the container manages what is below the scope
      {"DefaultDependencies", false},  // at shutdown, the engine is stopped first
      {"CPUAccounting", true},
      {"MemoryAccounting", true},
      {files == Files::kV1 ? "BlockIOAccounting" : "IOAccounting", true},
      {"TasksAccounting", true},
  };
}

void Append(std::vector<Property>& properties, std::vector<Property> more) {
  std::move(more.begin(), more.end(), std::back_inserter(properties));
}

}  // namespace

StatusOr<std::string> SlicesCgroup(bool rootless) {
  return rootless ? UserCgroup() : SystemCgroup();
}

StatusOr<Scope> ScopeFor(const ScopeRequest& request) {
  const Instance instance = request.rootless ? Instance::kUser : Instance::kSystem;
  Scope scope{.instance = instance};
  const char* usual_slice = instance == Instance::kUser ? "user.slice" : "system.slice";
  TARE_ASSIGN_OR_RETURN(scope.unit, UnitOf(request.cgroups_path, request.container_id, usual_slice));
  if (request.annotations != nullptr) {
    TARE_ASSIGN_OR_RETURN(scope.properties, PropertiesOf(*request.annotations));
  }
  TARE_RETURN_IF_ERROR(request.slices.status());
  TARE_ASSIGN_OR_RETURN(const std::string slice, SlicePath(scope.unit.slice));
  scope.cgroup = cgroup::Join(cgroup::Join(*request.slices, slice), scope.unit.name);
  return scope;
}

std::unique_ptr<cgroup::Manager> NewScope(Scope scope, const spec::Resources* resources,
                                          std::unique_ptr<cgroup::Manager> files) {
  return std::make_unique<ScopeManager>(
      std::move(scope), resources != nullptr ? *resources : spec::Resources(), std::move(files));
}

std::unique_ptr<cgroup::Manager> ExistingScope(std::unique_ptr<cgroup::Manager> files) {
  const std::string directory = UnitDirectory(files->paths());
  Scope scope{.instance = InstanceOf(directory), .unit = {.name = SplitAtUnit(directory).first}};
  return std::make_unique<ScopeManager>(std::move(scope), std::move(files));
}

// systemd also moves the process into a cgroup2 beside v1 hierarchies, which may be frozen.
Status ScopeManager::CheckDirectories(pid_t init) {
  TARE_RETURN_IF_ERROR(files_->CheckFitForPurpose(init));
  const std::string hybrid = files_->unified() ? "" : cgroup::HybridMountPoint();
  return hybrid.empty()
             ? absl::OkStatus()
             : cgroup::Existing({{"", cgroup::Join(hybrid, scope_.cgroup)}})->CheckFitForPurpose(init);
}

// Names the unit that the processes belong to. If that unit is just being stopped, its processes are gone
// in a moment.
Status ScopeManager::CheckFitForPurpose(pid_t init) {
  Status fit = CheckDirectories(init);
  if (fit.ok()) return fit;
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  TARE_ASSIGN_OR_RETURN(std::string state, units.ActiveState(scope_.unit.name));
  for (milliseconds pause{1}; pause < milliseconds(1000) && state == "deactivating" && !fit.ok();
       pause *= 2) {
    std::this_thread::sleep_for(pause);
    fit = CheckDirectories(init);
    TARE_ASSIGN_OR_RETURN(state, units.ActiveState(scope_.unit.name));
  }
  if (fit.ok() || state == "inactive") return fit;
  return Status(fit.code(), absl::StrCat(fit.message(), ": ", UnitExists(scope_.unit.name)));
}

// This is checked first, because a process that systemd moves into a frozen cgroup cannot leave it again.
Status ScopeManager::Create(pid_t init) {
  TARE_RETURN_IF_ERROR(CheckFitForPurpose(init), "creating the container's cgroup");
  TARE_RETURN_IF_ERROR(files_->Check(resources_, /*update=*/false));
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  const Files files = files_->unified() ? Files::kV2 : Files::kV1;
  std::vector<Property> properties = UsualProperties(scope_, init, files);
  Append(properties, scope_.properties);
  TARE_ASSIGN_OR_RETURN(
      std::vector<Property> limits,
      ResourceProperties(
          units, Complete(cgroup::WithoutIdleWeight(resources_).value_or(resources_), CurrentLimits{}),
          /*update=*/false, files));
  Append(properties, std::move(limits));
  TARE_RETURN_IF_ERROR(units.Start(scope_.unit.name, properties), "creating the container's cgroup");
  exists_ = true;
  Status adopted = files_->Create(init);
  if (!adopted.ok())
    if (Status stopped = units.Stop(scope_.unit.name); !stopped.ok()) log::Warning(stopped.message());
  return adopted;
}

// Properties that this systemd is too old for are left out; these limits are only in the files.
StatusOr<std::vector<Property>> ScopeManager::ResourceProperties(Units& units, const spec::Resources& whole,
                                                                 bool update, Files files) {
  TARE_ASSIGN_OR_RETURN(std::vector<Property> properties, PropertiesOf(whole, update, files),
                        "linux.resources");
  if (std::ranges::none_of(properties, [](const Property& one) { return KnownSince(one) > 0; }))
    return properties;
  TARE_ASSIGN_OR_RETURN(const int version, units.Version());
  std::erase_if(properties, [version](const Property& one) { return KnownSince(one) > version; });
  return properties;
}

Status ScopeManager::Apply(const spec::Resources& resources, bool update) {
  return update ? Update(resources) : ApplyNew(resources);
}

// The files show whether weights are BFQ's only once the cgroup exists.
Status ScopeManager::ApplyNew(const spec::Resources& resources) {
  if (files_->unified() && cgroup::IsSet(resources.block_io.weight) &&
      !ReadCurrentLimits(*files_).bfq_weight.empty()) {
    TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
    TARE_RETURN_IF_ERROR(
        units.Set(scope_.unit.name, {{"IOWeight", IoWeightForBfq(*resources.block_io.weight)}}));
  }
  return files_->Apply(resources, /*update=*/false);
}

// The files are written first, so that the unit does not keep a value that the kernel refuses. Then the unit
// is changed. When a property changes, systemd rewrites all files of its controller with its own rounding, so
// the files are then written again.
Status ScopeManager::Update(const spec::Resources& resources) {
  if (const std::optional<spec::Resources> alone = cgroup::WithoutIdleWeight(resources)) {
    log::Warning(cgroup::kIdleWeightWarning);
    return Update(*alone);
  }
  TARE_RETURN_IF_ERROR(files_->Check(resources, /*update=*/true));
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  CurrentLimits current = ReadCurrentLimits(*files_);
  if (NeedsPeriodOfUnit(resources, current)) {
    TARE_ASSIGN_OR_RETURN(const uint64_t period, units.ScopeNumber(scope_.unit.name, "CPUQuotaPeriodUSec"));
    if (period != kInfinity) current.period = period;
  }
  spec::Resources whole = Complete(resources, current);
  whole.memory.check_before_update.reset();  // Check() has done that
  const Files files = !files_->unified()           ? Files::kV1
                      : current.bfq_weight.empty() ? Files::kV2
                                                   : Files::kV2WithBfq;
  TARE_ASSIGN_OR_RETURN(const std::vector<Property> properties,
                        ResourceProperties(units, whole, /*update=*/true, files));
  if (resources.unified.contains("memory.oom.group"))
    log::Warning(
        "unified: memory.oom.group: systemd sets it only when a container is created, and will overwrite ",
        "this value at the next daemon-reload");
  TARE_RETURN_IF_ERROR(files_->Apply(whole, /*update=*/true));
  if (properties.empty()) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(units.Set(scope_.unit.name, properties));
  return files_->Apply(whole, /*update=*/true);
}

// systemd moves the init of a container to be created.
StatusOr<kernel::Fd> ScopeManager::OpenForClone() {
  return exists_ ? files_->OpenForClone() : kernel::Fd();
}

Status ScopeManager::Enter(pid_t pid) {
  Status status = files_->Enter(pid);
  if (!cgroup::IsDenied(status)) return status;
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  return units.AttachProcess(scope_.unit.name, SplitAtUnit(UnitDirectory(paths())).second, pid);
}

// If systemd is gone, it cannot prevent that the cgroup is removed.
Status ScopeManager::Remove() {
  StatusOr<Units> units = Units::Connect(scope_.instance);
  if (units.ok())
    TARE_RETURN_IF_ERROR(units->Stop(scope_.unit.name));
  else
    log::Warning(units.status().message());
  return files_->Remove();
}

}  // namespace tare::systemd
