#include "systemd/scope.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "cgroup/layout.h"
#include "cgroup/limits.h"
#include "cgroup/path.h"
#include "cgroup/privilege.h"
#include "cgroup/select.h"
#include "kernel/procfs.h"
#include "systemd/annotations.h"
#include "systemd/in_force.h"
#include "systemd/properties.h"

namespace tare::systemd {
namespace {

using dbus::Property;
using std::chrono::milliseconds;

constexpr char kScopeSuffix[] = ".scope";

// Process 1 is in "init.scope" right below the root of what it manages.
StatusOr<std::string> SystemCgroup() {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  TARE_ASSIGN_OR_RETURN(const std::string text, procfs->Read("1/cgroup"));
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() == 3 && (fields[1].empty() || fields[1] == "name=systemd"))
      return cgroup::Clean(absl::StripSuffix(fields[2], "/init.scope"));
  }
  return absl::FailedPreconditionError("/proc/1/cgroup: process 1 is not in a systemd cgroup");
}

StatusOr<std::string> UserCgroup() {
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(Instance::kUser));
  TARE_ASSIGN_OR_RETURN(const std::string cgroup, units.ControlGroup());
  return cgroup::Clean(cgroup);
}

// user@.service(5): what such a service holds is a user's.
Instance InstanceOf(absl::string_view path) {
  return absl::StrContains(path, "/user@") ? Instance::kUser : Instance::kSystem;
}

// The container's directory in the hierarchy that systemd keeps its units in.
std::string UnitDirectory(const cgroup::Paths& paths) {
  const auto v1 = paths.find("name=systemd");
  return v1 != paths.end() ? v1->second : paths.empty() ? "" : paths.begin()->second;
}

// The name of the scope in a directory's path, and what is below the scope ("/sub").
std::pair<std::string, std::string> SplitAtUnit(const std::string& directory) {
  const size_t ending = directory.rfind(kScopeSuffix);
  if (ending == std::string::npos) return {};
  const size_t end = ending + sizeof kScopeSuffix - 1;
  const size_t begin = directory.rfind('/', ending) + 1;
  return {directory.substr(begin, end - begin), directory.substr(end)};
}

// No CollectMode=: a unit that has failed (RuntimeMaxSec=, OOM) stays, and tells so, until `delete`.
// With IOAccounting= systemd takes no notice of BlockIOWeight=, v1's.
std::vector<Property> UsualProperties(const Scope& scope, pid_t init, Files files) {
  return {
      {"Description", absl::StrCat("container ", absl::StripSuffix(scope.unit.name, ".scope"))},
      {"Slice", scope.unit.slice},
      {"PIDs", std::vector<uint32_t>{static_cast<uint32_t>(init)}},
      {"Delegate", true},              // what is below the scope is the container's
      {"DefaultDependencies", false},  // not stopped before the engine that manages it, at shutdown
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

StatusOr<Scope> PlanScope(const ScopeRequest& request) {
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

std::unique_ptr<cgroup::Manager> ManageScope(Scope scope, const spec::Resources* resources,
                                             std::unique_ptr<cgroup::Manager> files) {
  return std::make_unique<ScopeManager>(
      std::move(scope), resources != nullptr ? *resources : spec::Resources(), std::move(files));
}

std::unique_ptr<cgroup::Manager> AttachScope(std::unique_ptr<cgroup::Manager> files) {
  const std::string directory = UnitDirectory(files->paths());
  Scope scope{.instance = InstanceOf(directory), .unit = {.name = SplitAtUnit(directory).first}};
  return std::make_unique<ScopeManager>(std::move(scope), std::move(files));
}

// systemd moves a process into a cgroup2 beside v1 hierarchies as well, where it may be frozen.
Status ScopeManager::CheckDirectories(pid_t init) {
  TARE_RETURN_IF_ERROR(files_->CheckFit(init));
  const std::string beside = files_->unified() ? "" : cgroup::UnifiedBeside();
  return beside.empty() ? absl::OkStatus()
                        : cgroup::Attach({{"", cgroup::Join(beside, scope_.cgroup)}})->CheckFit(init);
}

// With a hint if the processes are a unit's. One that is just going away takes them with it in a moment.
Status ScopeManager::CheckFit(pid_t init) {
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

// A process that systemd moves into a frozen cgroup cannot leave it again: so that is looked at first.
Status ScopeManager::Create(pid_t init) {
  TARE_RETURN_IF_ERROR(CheckFit(init), "creating the container's cgroup");
  TARE_RETURN_IF_ERROR(files_->Check(resources_, /*update=*/false));
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  const Files files = files_->unified() ? Files::kV2 : Files::kV1;
  std::vector<Property> properties = UsualProperties(scope_, init, files);
  Append(properties, scope_.properties);
  TARE_ASSIGN_OR_RETURN(
      std::vector<Property> limits,
      ResourceProperties(units, Complete(cgroup::IdleAlone(resources_).value_or(resources_), InForce{}),
                         /*update=*/false, files));
  Append(properties, std::move(limits));
  TARE_RETURN_IF_ERROR(units.Start(scope_.unit.name, properties), "creating the container's cgroup");
  stands_ = true;
  Status adopted = files_->Create(init);
  if (!adopted.ok())
    if (Status stopped = units.Stop(scope_.unit.name); !stopped.ok()) log::Warning(stopped.message());
  return adopted;
}

// What systemd is too old for is in the files alone.
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

// Whether weights are BFQ's shows in the cgroup's files, when it is there.
Status ScopeManager::ApplyNew(const spec::Resources& resources) {
  if (files_->unified() && cgroup::IsSet(resources.block_io.weight) &&
      !ReadInForce(*files_).bfq_weight.empty()) {
    TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
    TARE_RETURN_IF_ERROR(
        units.Set(scope_.unit.name, {{"IOWeight", IoWeightForBfq(*resources.block_io.weight)}}));
  }
  return files_->Apply(resources, /*update=*/false);
}

// First the files, so that the unit does not keep what the kernel refuses. Then the unit: systemd writes all
// files of a controller anew when one of its properties changes, rounded its way; so then the files again.
Status ScopeManager::Update(const spec::Resources& resources) {
  if (const std::optional<spec::Resources> alone = cgroup::IdleAlone(resources)) {
    log::Warning(cgroup::kIdleAlone);
    return Update(*alone);
  }
  TARE_RETURN_IF_ERROR(files_->Check(resources, /*update=*/true));
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  InForce in_force = ReadInForce(*files_);
  if (NeedsPeriodOfUnit(resources, in_force)) {
    TARE_ASSIGN_OR_RETURN(const uint64_t period, units.NumberOfScope(scope_.unit.name, "CPUQuotaPeriodUSec"));
    if (period != kInfinity) in_force.period = period;
  }
  spec::Resources whole = Complete(resources, in_force);
  whole.memory.check_before_update.reset();  // it was checked
  const Files files = !files_->unified()            ? Files::kV1
                      : in_force.bfq_weight.empty() ? Files::kV2
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

// The init of a container to be made is moved in by systemd.
StatusOr<kernel::Fd> ScopeManager::OpenForClone() {
  return stands_ ? files_->OpenForClone() : kernel::Fd();
}

Status ScopeManager::Enter(pid_t pid, cgroup::Entry entry) {
  Status status = files_->Enter(pid, entry);
  if (!cgroup::IsDenied(status)) return status;
  TARE_ASSIGN_OR_RETURN(Units units, Units::Connect(scope_.instance));
  return units.Attach(scope_.unit.name, SplitAtUnit(UnitDirectory(paths())).second, pid);
}

// A systemd that is not there any more cannot keep the cgroup from going.
Status ScopeManager::Remove() {
  StatusOr<Units> units = Units::Connect(scope_.instance);
  if (units.ok())
    TARE_RETURN_IF_ERROR(units->Stop(scope_.unit.name));
  else
    log::Warning(units.status().message());
  return files_->Remove();
}

}  // namespace tare::systemd
