// Carries out one step of the mount plan: one function a kind.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "rootfs/mount_flags.h"
#include "rootfs/mount_plan.h"

namespace tare::rootfs {

// One hierarchy of the container's cgroups (cgroup::Hierarchy, which this room does not know).
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

// Of a bind mount, detached.
struct BindSource {
  kernel::Fd mount;
  Locked locked = Locked::kByKernel;
};

// Opens the source of a bind mount when its turn has come: it may lie in what earlier mounts have brought.
using SourceOpener = absl::FunctionRef<StatusOr<BindSource>(const MountStep&)>;

// What all steps share.
struct MountContext {
  int root = -1;  // the rootfs, attached
  const CgroupView* cgroups = nullptr;
  std::string mount_label;  // SELinux, or empty
  SourceOpener open_source;
  absl::FunctionRef<void(kernel::Fd mount)> make_read_only_later;  // MountStep::read_only_later
};

Status CarryOut(const MountStep& step, const MountContext& context);

// Of an attached mount, in the order written.
Status ApplyPropagation(int mount, const MountOptions& options);

// cgroup_mount.cc
Status MountCgroups(int target, const MountStep& step, const MountContext& context);

}  // namespace tare::rootfs
