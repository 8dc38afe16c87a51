// Carries out one step of the mount plan: one function a kind.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "kernel/fd.h"
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

// What all steps share.
struct MountContext {
  int root = -1;  // the rootfs, attached
  const CgroupView* cgroups = nullptr;
  std::string mount_label;                            // SELinux, or empty
  kernel::Peering sources = kernel::Peering::kSlave;  // what bind mounts are to the originals
  // Called once before a cgroup mount that shows the container's own view: puts init into its cgroups and, if
  // there is to be one, into its new cgroup namespace.
  absl::FunctionRef<Status()> enter_cgroups;
  absl::FunctionRef<void(kernel::Fd mount)> make_read_only_later;  // MountStep::read_only_later
};

// `source`: of a bind, if the runtime opened it beforehand; else no descriptor.
Status CarryOut(const MountStep& step, const MountContext& context, kernel::Fd source);

// A bind that mounts nothing: "copy-symlink", and its source is a link.
bool CopiesLink(const MountStep& step);

// Of an attached mount, in the order written.
Status ApplyPropagation(int mount, const MountOptions& options);

// cgroup_mount.cc
Status MountCgroups(int target, const MountStep& step, const MountContext& context);

}  // namespace tare::rootfs
