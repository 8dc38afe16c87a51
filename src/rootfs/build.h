// The story of a rootfs: built before the pivot, entered, finished after it.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "rootfs/devices.h"
#include "rootfs/mount_actions.h"
#include "spec/config.h"

namespace tare::rootfs {

enum class Entering {
  kPivot,   // the rule
  kMove,    // --no-pivot
  kChroot,  // the mount namespace is shared: it keeps its root
};

// All that is known before anything is touched.
struct Plan {
  std::string rootfs;  // absolute
  std::vector<MountStep> mounts;
  std::vector<spec::Device> devices;
  bool make_devices = true;  // false if the runtime's /dev is bound there
  bool user_namespace = false;
  bool own_mounts = true;  // false: the mount namespace is the runtime's
  // Everything is then mounted on a mount of the rootfs, where everybody sees it: that mount is detached when
  // the container ends.
  bool mounts_on_machine = false;
  std::string runtime_mount_namespace;  // "mnt:[4026531841]"
  bool readonly = false;
  Propagation propagation;
  bool propagation_given = false;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::string mount_label;
  std::string cwd;  // process.cwd, made if missing, as under runc
  Entering entering = Entering::kPivot;
  CgroupView cgroups;

  bool makes_mounts() const { return own_mounts || mounts_on_machine; }
};

struct PlanInput {
  const spec::Config* config = nullptr;
  std::string bundle;                   // absolute
  std::string rootfs;                   // absolute
  std::string runtime_mount_namespace;  // OwnMountNamespace() of the runtime
  bool new_mount_namespace = true;
  bool joins_mount_namespace = false;
  bool user_namespace = false;
  bool no_pivot = false;
};

// Decides by `input` alone.
StatusOr<Plan> MakePlan(const PlanInput& input);

// "mnt:[4026531841]"
StatusOr<std::string> OwnMountNamespace();

// What the mount of a bind source is to the original, in whichever namespace it is cloned. Only
// rootfsPropagation "shared" lets what happens in the container appear on the machine, and not out of a
// user namespace (mount_namespaces(7): there the kernel makes all mounts slaves).
kernel::Peering PeeringOfSources(const Plan& plan);

// A rootfs that is being built, and is not entered yet.
struct Built {
  kernel::Fd root;                           // attached
  size_t mounted = 0;                        // how many of Plan::mounts
  std::vector<kernel::Fd> read_only_at_end;  // mounts that Finish() makes read-only
};

// In the container's mount namespace, before the pivot, in this order:
// The rootfs as a mount that nobody outside sees changes of.
StatusOr<Built> AttachRootfs(const Plan& plan);
// The mounts before the first one of type "cgroup", which shows the cgroups that this process is in by then.
Status MountBeforeCgroups(const Plan& plan, SourceOpener open_source, Built& built);
// All other mounts.
Status MountOthers(const Plan& plan, SourceOpener open_source, Built& built);
// Device nodes and links in /dev, and the working directory.
Status PopulateRootfs(const Plan& plan, NodeOpener open_node, const Built& built);

// Makes it the root of the calling process.
Status Enter(const Plan& plan, int root);

// After entering, with "/" as the root: read-only and masked paths, mounts and root, propagation.
Status Finish(const Plan& plan, const Built& built);

}  // namespace tare::rootfs
