#include "explain/check.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/suggest.h"
#include "cgroup/limits.h"
#include "cgroup/select.h"
#include "explain/privileges.h"
#include "json/writer.h"
#include "lifecycle/create/bundle.h"
#include "rootfs/build.h"
#include "security/capabilities.h"
#include "security/seccomp.h"
#include "systemd/annotations.h"
#include "systemd/unit_name.h"

namespace tare::explain {
namespace {

using spec::Inspection;
using spec::Topic;

// Adds the error of another room, "config.json: /POINTER: WHAT", or "WHAT" about the value at `pointer`.
void AddFault(const Status& status, absl::string_view pointer, Inspection& inspection) {
  if (status.ok()) return;
  absl::string_view what = status.message();
  absl::ConsumePrefix(&what, "config.json: ");
  const size_t colon = what.find(": ");
  if (absl::StartsWith(what, "/") && colon != what.npos) {
    pointer = what.substr(0, colon);
    what.remove_prefix(colon + 2);
  }
  inspection.Add(Topic::kFault, std::string(pointer), std::string(what));
}

void CheckMounts(Inspection& inspection) {
  for (const rootfs::MountStep& step : rootfs::PlanMounts(inspection.config().mounts, "/bundle", "/rootfs")) {
    AddFault(rootfs::CheckMountStep(step), "/mounts", inspection);
    const std::string unused = rootfs::UnusedData(step);
    if (!unused.empty())
      inspection.Add(Topic::kUnusual, absl::StrCat("/mounts/", step.index, "/options"), unused);
  }
}

// Names that are unknown are left out, as config.md demands: a name with a typing error grants nothing.
void CheckCapabilities(Inspection& inspection) {
  std::vector<std::string> names;
  for (unsigned i = 0; security::CapabilityNumber(security::CapabilityName(i)) >= 0; ++i)
    names.push_back(security::CapabilityName(i));
  const std::vector<absl::string_view> known(names.begin(), names.end());
  ForEachCapability(inspection.config(), [&](const std::string& pointer, const std::string& name) {
    if (security::CapabilityNumber(name) >= 0) return;
    const absl::string_view closest = Closest(name, known);
    inspection.Add(Topic::kUnknown, pointer,
                   absl::StrCat("ignored: unknown capability \"", name, "\"",
                                closest.empty() ? "" : absl::StrCat("; did you mean \"", closest, "\"?")));
  });
}

// "cpu.shares: WHAT" concerns the value at cpu/shares.
void CheckLimits(const spec::Resources& resources, Inspection& inspection) {
  const Status status = cgroup::CheckLimits(resources);
  if (status.ok()) return;
  const absl::string_view what = status.message();
  const std::string property = absl::StrReplaceAll(what.substr(0, what.find(": ")), {{".", "/"}});
  AddFault(Annotate(status, "linux.resources"), absl::StrCat("/linux/resources/", property), inspection);
}

// What depends on the path only. A path for systemd has another form.
void CheckCgroup(const lifecycle::Runtime& runtime, Inspection& inspection) {
  const spec::Config& config = inspection.config();
  constexpr char kPath[] = "/linux/cgroupsPath";
  if (runtime.systemd_cgroup) {
    AddFault(systemd::UnitOf(config.platform.cgroups_path, "ID", "system.slice").status(), kPath, inspection);
    AddFault(systemd::PropertiesOf(config.annotations).status(), "/annotations", inspection);
  } else {
    const cgroup::Request request{.container_id = "ID", .cgroups_path = config.platform.cgroups_path};
    AddFault(cgroup::Select(request, cgroup::Layout{}).status(), kPath, inspection);
  }
}

void CheckSeccomp(const spec::Seccomp& seccomp, Inspection& inspection) {
  AddFault(security::CompileSeccomp(seccomp).status(), "/linux/seccomp", inspection);
}

// What `create` checks after the parser and the rules, as far as it does not depend on the machine.
void CheckFurther(const lifecycle::Runtime& runtime, Inspection& inspection) {
  const spec::Config& config = inspection.config();
  CheckMounts(inspection);
  if (config.platform.resources) CheckLimits(*config.platform.resources, inspection);
  CheckCgroup(runtime, inspection);
  CheckCapabilities(inspection);
  if (!config.process)
    inspection.Add(Topic::kUnusual, "/process", "is missing: the container can be created, but not started");
  else if (config.platform.seccomp && !inspection.has_faults())
    CheckSeccomp(*config.platform.seccomp, inspection);
}

}  // namespace

size_t Report::Count(spec::Severity severity) const {
  return static_cast<size_t>(std::ranges::count_if(
      findings, [&](const spec::Finding& finding) { return finding.severity() == severity; }));
}

StatusOr<Report> Check(const lifecycle::Runtime& runtime, const CheckOptions& options) {
  const bool has_bundle = options.config_file.empty();
  Report report{.file = has_bundle ? absl::StrCat(options.bundle, "/config.json") : options.config_file};
  TARE_ASSIGN_OR_RETURN(const std::string json, lifecycle::ReadConfig(report.file));
  Inspection inspection(json);
  if (inspection.is_object()) {
    CheckFurther(runtime, inspection);
    const std::string& root = inspection.config().root.path;
    if (has_bundle && !root.empty())
      AddFault(lifecycle::FindRootfs(options.bundle, root).status(), "/root/path", inspection);
    WarnOfPrivileges(inspection);
  }
  report.findings = inspection.Findings();
  return report;
}

}  // namespace tare::explain
