// The plan of a container: all that can be decided before anything is made.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "cgroup/manager.h"
#include "connect/config.h"
#include "lifecycle/create/bundle.h"
#include "lifecycle/create/host.h"
#include "lifecycle/create/options.h"
#include "lifecycle/runtime.h"
#include "namespaces/plan.h"
#include "rootfs/build.h"

namespace tare::lifecycle {

struct Blueprint {
  std::string id;
  Bundle bundle;
  namespaces::Plan namespaces;
  rootfs::Plan rootfs;
  std::unique_ptr<cgroup::Manager> cgroup;  // nothing is made yet
  bool new_keyring = true;
  bool privileged = true;  // the runtime is root: it may do for init what init may not do in a user namespace
  bool systemd_cgroup = false;
  std::string resctrl;  // where resctrl is mounted; empty: the container does not use it
  connect::Networks networks;
  std::string notify_socket;  // our caller's, notified when the container is ready; empty: none

  const spec::Config& config() const { return bundle.config; }
  bool has_process() const { return bundle.config.process.has_value(); }
  bool terminal() const { return has_process() && bundle.config.process->terminal; }
};

// Decides by its arguments alone: makes no system call, and changes nothing.
StatusOr<Blueprint> MakeBlueprint(const Runtime& runtime, const CreateOptions& options, Bundle bundle,
                                  Host host);

// What a cgroup mount of the container shows: what `cgroup` has, which after Create() may be nothing
// (rootless without delegation).
rootfs::CgroupView ViewOf(const cgroup::Manager& cgroup, bool new_namespace);

}  // namespace tare::lifecycle
