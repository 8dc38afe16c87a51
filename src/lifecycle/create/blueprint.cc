#include "lifecycle/create/blueprint.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "cgroup/device_rules.h"
#include "container/cgroup.h"
#include "lifecycle/process/caller.h"
#include "lifecycle/process/notify_socket.h"
#include "resctrl/mount.h"

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

Status PlanProcess(const Runtime& runtime, const CreateOptions& options, Blueprint& blueprint) {
  ProcessSetup& setup = blueprint.setup;
  setup.process = *blueprint.config().process;
  if (const auto& seccomp = blueprint.config().platform.seccomp) {
    TARE_ASSIGN_OR_RETURN(setup.seccomp,
                          security::FetchSeccomp(*seccomp, absl::StrCat(runtime.root, "/.seccomp")));
    setup.has_seccomp = true;
    log::Debug("seccomp filter flags: ", setup.seccomp.flags);
  }
  TARE_ASSIGN_OR_RETURN(PassedFds passed, PassFds(options.preserve_fds));
  setup.first_closed_fd = passed.first_closed;
  setup.listen_env = std::move(passed.env);
  return absl::OkStatus();
}

// `"intelRdt": {}` asks for nothing that could be missing.
StatusOr<std::string> Resctrl(const std::optional<spec::IntelRdt>& rdt) {
  if (!rdt) return "";
  StatusOr<std::string> root = resctrl::MountPoint();
  if (!absl::IsNotFound(root.status())) return root;
  if (*rdt == spec::IntelRdt{}) return "";
  return absl::FailedPreconditionError(absl::StrCat(
      "config.json: /linux/intelRdt: intelRdt is specified in config, but Intel RDT is not enabled: ",
      root.status().message()));
}

// Without a program there is nobody to be ready, and without a mount namespace nowhere to be told.
void PlanNotifySocket(const Runtime& runtime, Blueprint& blueprint) {
  blueprint.notify_socket = blueprint.has_process() ? CallersNotifySocket() : "";
  if (blueprint.notify_socket.empty()) return;
  if (blueprint.namespaces.new_mount || blueprint.namespaces.joins_mount)
    return AddNotifySocket(runtime, blueprint.id, blueprint.bundle.config);
  log::Warning("NOTIFY_SOCKET is not passed on: the container has no mount namespace of its own");
  blueprint.notify_socket.clear();
}

// "slice:prefix:name"; no directory that an engine makes has colons in its name.
bool IsForSystemd(const std::string& cgroups_path) {
  return std::ranges::count(cgroups_path, ':') == 2 && access("/run/systemd/system", F_OK) == 0;
}

}  // namespace

StatusOr<Blueprint> MakeBlueprint(const Runtime& runtime, const CreateOptions& options) {
  Blueprint blueprint{.id = options.id, .new_keyring = !options.no_new_keyring, .privileged = geteuid() == 0};
  TARE_ASSIGN_OR_RETURN(blueprint.bundle, LoadBundle(options.bundle, options.config));
  const spec::Config& config = blueprint.config();
  TARE_ASSIGN_OR_RETURN(blueprint.resctrl, Resctrl(config.platform.intel_rdt));
  TARE_ASSIGN_OR_RETURN(blueprint.namespaces, namespaces::MakePlan(config.platform.namespaces));
  PlanNotifySocket(runtime, blueprint);
  TARE_ASSIGN_OR_RETURN(blueprint.rootfs,
                        rootfs::MakePlan({.config = &config,
                                          .bundle = blueprint.bundle.path,
                                          .rootfs = blueprint.bundle.rootfs,
                                          .new_mount_namespace = blueprint.namespaces.new_mount,
                                          .joins_mount_namespace = blueprint.namespaces.joins_mount,
                                          .user_namespace = blueprint.namespaces.has_user(),
                                          .no_pivot = options.no_pivot}));
  if (spec::Linux& platform = blueprint.bundle.config.platform; platform.resources)
    cgroup::DropOverruled(platform.resources->devices, platform.devices);
  const spec::Resources* resources = config.platform.resources ? &*config.platform.resources : nullptr;
  blueprint.systemd_cgroup =
      runtime.systemd_cgroup || (runtime.systemd_by_path && IsForSystemd(config.platform.cgroups_path));
  const container::CgroupRequest request = {.container_id = options.id,
                                            .cgroups_path = config.platform.cgroups_path,
                                            .systemd = blueprint.systemd_cgroup,
                                            .rootless = runtime.rootless,
                                            .resources = resources,
                                            .annotations = &config.annotations};
  TARE_ASSIGN_OR_RETURN(blueprint.cgroup, container::PlanCgroup(request, container::LookAtHost(request)));
  if (blueprint.has_process()) TARE_RETURN_IF_ERROR(PlanProcess(runtime, options, blueprint));
  return blueprint;
}

}  // namespace tare::lifecycle
