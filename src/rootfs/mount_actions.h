// Executes a step of the mount plan, with one function for each kind of mount.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "rootfs/mount_flags.h"
#include "rootfs/mount_plan.h"
#include "rootfs/mount_target.h"

namespace tare::rootfs {

// A hierarchy of the container's cgroups. It corresponds to cgroup::Hierarchy, which this room does not know.
struct CgroupHierarchy {
  std::string name;
  std::string mount_options;
  std::vector<std::string> controllers;
  std::string path;
};

struct CgroupView {
  bool unified = false;
  bool new_namespace = false;
  std::vector<CgroupHierarchy> hierarchies;
};

// The source of a bind mount, as a detached mount.
struct BindSource {
  kernel::Fd mount;
  Locked locked = Locked::kByKernel;
};

// Opens the source of a bind mount. Called when the mount is made, because the source may be inside
// an earlier mount.
using SourceOpener = absl::FunctionRef<StatusOr<BindSource>(const MountStep&)>;

// The data that all steps share.
struct MountContext {
  Root root;
  const CgroupView* cgroups = nullptr;
  std::string mount_label;                // an SELinux label, or empty
  std::string mount_context = "context";  // the mount option that sets it
  SourceOpener open_source;
  absl::FunctionRef<void(kernel::Fd mount)> make_read_only_later;  // MountStep::read_only_later
  std::vector<kernel::Fd>* attached = nullptr;  // gets each mount that was attached, if it is not null
};

Status CarryOut(const MountStep& step, const MountContext& context);

// Changes the propagation of an attached mount, in the order in which the options are given.
Status ApplyPropagation(int mount, const MountOptions& options);

// cgroup_mount.cc
Status MountCgroups(int target, const MountStep& step, const MountContext& context);

}  // namespace tare::rootfs
