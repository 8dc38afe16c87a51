#include "commands/update.h"

#include <unistd.h>

#include "base/log.h"
#include "base/step.h"
#include "cgroup/device_rules.h"
#include "container/container.h"
#include "resctrl/group.h"
#include "resctrl/mount.h"
#include "spec/rules.h"

namespace tare::commands {
namespace {

using container::Container;

// runc's words for a machine without it.
Status CheckRdt(const container::Record& record, const spec::IntelRdt& rdt,
                const StatusOr<std::string>& root) {
  const auto has = [&](const char* resource) {
    return root.ok() && access(absl::StrCat(*root, "/info/", resource).c_str(), F_OK) == 0;
  };
  if (!rdt.l3_cache_schema.empty() && !has("L3") && !has("L3CODE"))
    return absl::FailedPreconditionError("Intel RDT/CAT: l3 cache schema is not enabled");
  if (!rdt.mem_bw_schema.empty() && !has("MB"))
    return absl::FailedPreconditionError("Intel RDT/MBA: memory bandwidth schema is not enabled");
  if (record.rdt_control.empty())
    return absl::FailedPreconditionError("the container was created without linux.intelRdt");
  return absl::OkStatus();
}

}  // namespace

Status Update(const lifecycle::Runtime& runtime, const std::string& id, spec::Resources resources,
              const spec::IntelRdt& rdt) {
  TARE_RETURN_IF_ERROR(spec::Check(resources));
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  if (!container.alive()) return container::NotRunning(id);
  if (!resources.devices.empty()) {
    TARE_ASSIGN_OR_RETURN(const spec::Config config, container.directory.LoadConfig());
    cgroup::DropRulesOnDefaultDevices(resources.devices, config.platform.devices);
  }
  const bool changes_rdt = rdt != spec::IntelRdt{};
  const StatusOr<std::string> resctrl = changes_rdt ? resctrl::MountPoint() : "";
  if (changes_rdt) TARE_RETURN_IF_ERROR(CheckRdt(container.record, rdt, resctrl));
  TARE_STEP("writing new limits to the cgroup of container ", id);
  TARE_RETURN_IF_ERROR(container.cgroup->Apply(resources, /*update=*/true));
  return changes_rdt ? resctrl::Change(*resctrl, container.record.rdt_control, rdt) : absl::OkStatus();
}

}  // namespace tare::commands
