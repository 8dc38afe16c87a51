#include "lifecycle/create/host.h"

#include <unistd.h>

#include <algorithm>

#include "base/step.h"
#include "lifecycle/notify_socket.h"
#include "resctrl/mount.h"
#include "rootfs/build.h"

namespace tare::lifecycle {
namespace {

// "slice:prefix:name"; no directory that an engine makes has colons in its name.
bool IsUnit(const std::string& cgroups_path) {
  return std::ranges::count(cgroups_path, ':') == 2;
}

}  // namespace

StatusOr<Host> LookAtHost(const Runtime& runtime, const CreateOptions& options, const spec::Config& config) {
  TARE_STEP("the machine: its cgroups and the namespaces that are given by path");
  const spec::Linux& platform = config.platform;
  const bool has_systemd =
      runtime.systemd_by_path && IsUnit(platform.cgroups_path) && access("/run/systemd/system", F_OK) == 0;
  Host host{.privileged = geteuid() == 0,
            .has_systemd = has_systemd,
            .notify_socket = CallersNotifySocket(),
            .cgroups = container::LookAtHost(CgroupRequest(runtime, options, config, has_systemd))};
  if (platform.intel_rdt) host.resctrl = resctrl::MountPoint();
  TARE_ASSIGN_OR_RETURN(host.given, namespaces::OpenGiven(platform.namespaces));
  TARE_ASSIGN_OR_RETURN(host.mount_namespace, rootfs::OwnMountNamespace());
  return host;
}

container::CgroupRequest CgroupRequest(const Runtime& runtime, const CreateOptions& options,
                                       const spec::Config& config, bool has_systemd) {
  const auto& resources = config.platform.resources;
  return {.container_id = options.id,
          .cgroups_path = config.platform.cgroups_path,
          .systemd = runtime.systemd_cgroup ||
                     (runtime.systemd_by_path && has_systemd && IsUnit(config.platform.cgroups_path)),
          .none = runtime.no_cgroup,
          .rootless = runtime.rootless,
          .resources = resources ? &*resources : nullptr,
          .annotations = &config.annotations};
}

}  // namespace tare::lifecycle
