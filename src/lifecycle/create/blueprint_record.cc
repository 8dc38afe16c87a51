#include "lifecycle/create/blueprint_record.h"

#include <unistd.h>

#include "container/store.h"

namespace tare::lifecycle {

container::Record RecordOf(const Blueprint& blueprint, pid_t init) {
  const spec::Config& config = blueprint.config();
  container::Record record{.id = blueprint.id,
                           .bundle = blueprint.bundle.path,
                           .rootfs = blueprint.bundle.rootfs,
                           .created = container::Timestamp(),
                           .owner = geteuid(),
                           .init_pid = init,
                           .cgroup_paths = blueprint.cgroup->paths(),
                           .systemd_cgroup = blueprint.systemd_cgroup,
                           .own_pid_namespace = blueprint.namespaces.new_pid,
                           .chrooted = blueprint.rootfs.entering != rootfs::Entering::kPivot,
                           .has_process = blueprint.has_process(),
                           .has_poststart_hooks = !config.hooks.poststart.empty(),
                           .has_poststop_hooks = !config.hooks.poststop.empty(),
                           .annotations = config.annotations};
  for (const spec::Namespace& ns : config.platform.namespaces) {
    record.namespaces.push_back(ns.type);
    if (!ns.path.empty()) record.joined.push_back(ns);
  }
  return record;
}

}  // namespace tare::lifecycle
