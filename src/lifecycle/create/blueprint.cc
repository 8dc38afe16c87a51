#include "lifecycle/create/blueprint.h"

#include <optional>

#include "base/log.h"
#include "cgroup/device_rules.h"
#include "lifecycle/notify_socket.h"

namespace tare::lifecycle {

rootfs::CgroupView ViewOf(const cgroup::Manager& cgroup, bool new_namespace) {
  rootfs::CgroupView view{.unified = cgroup.unified(), .new_namespace = new_namespace};
  for (cgroup::Hierarchy& h : cgroup.Hierarchies())
    view.hierarchies.push_back({.name = std::move(h.name),
                                .mount_options = std::move(h.mount_options),
                                .controllers = std::move(h.controllers),
                                .path = std::move(h.path)});
  return view;
}

namespace {

// `"intelRdt": {}` asks for nothing that could be missing.
StatusOr<std::string> PlanResctrl(const std::optional<spec::IntelRdt>& rdt,
                                  StatusOr<std::string> mount_point) {
  if (!rdt) return "";
  if (!absl::IsNotFound(mount_point.status())) return mount_point;
  if (*rdt == spec::IntelRdt{}) return "";
  return absl::FailedPreconditionError(absl::StrCat(
      "config.json: /linux/intelRdt: intelRdt is specified in config, but Intel RDT is not enabled: ",
      mount_point.status().message()));
}

// Only a program can report that it is ready, and only in a mount namespace of its own does it
// find our socket.
void PlanNotifySocket(const Runtime& runtime, const std::string& callers, Blueprint& blueprint) {
  if (callers.empty() || !blueprint.has_process()) return;
  if (!blueprint.namespaces.has_mount()) {
    log::Warning("NOTIFY_SOCKET is not passed on: the container has no mount namespace of its own");
    return;
  }
  blueprint.notify_socket = callers;
  AddNotifySocket(runtime, blueprint.id, blueprint.bundle.config);
}

}  // namespace

StatusOr<Blueprint> MakeBlueprint(const Runtime& runtime, const CreateOptions& options, Bundle bundle,
                                  Host host) {
  Blueprint blueprint{.id = options.id,
                      .bundle = std::move(bundle),
                      .new_keyring = !options.no_new_keyring,
                      .privileged = host.privileged,
                      .networks = options.networks};
  const spec::Config& config = blueprint.config();
  TARE_ASSIGN_OR_RETURN(blueprint.resctrl, PlanResctrl(config.platform.intel_rdt, std::move(host.resctrl)));
  blueprint.namespaces = namespaces::MakePlan(config.platform.namespaces, std::move(host.given));
  PlanNotifySocket(runtime, host.notify_socket, blueprint);
  TARE_ASSIGN_OR_RETURN(blueprint.rootfs,
                        rootfs::MakePlan({.config = &config,
                                          .bundle = blueprint.bundle.path,
                                          .rootfs = blueprint.bundle.rootfs,
                                          .runtime_mount_namespace = std::move(host.mount_namespace),
                                          .new_mount_namespace = blueprint.namespaces.new_mount,
                                          .joins_mount_namespace = blueprint.namespaces.joins_mount,
                                          .user_namespace = blueprint.namespaces.has_user(),
                                          .no_pivot = options.no_pivot}));
  if (spec::Linux& platform = blueprint.bundle.config.platform; platform.resources)
    cgroup::DropRulesOnDefaultDevices(platform.resources->devices, platform.devices);
  const container::CgroupRequest request = CgroupRequest(runtime, options, config, host.has_systemd);
  blueprint.systemd_cgroup = request.systemd;
  TARE_ASSIGN_OR_RETURN(blueprint.cgroup, container::PlanCgroup(request, host.cgroups));
  return blueprint;
}

}  // namespace tare::lifecycle
