// Builds the rootfs before the pivot, enters it, and finishes it afterwards.
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
  kPivot,   // the default
  kMove,    // --no-pivot
  kChroot,  // for a shared mount namespace, whose root must not change
};

// Everything that is decided before anything is changed.
struct Plan {
  std::string rootfs;  // absolute
  std::vector<MountStep> mounts;
  std::vector<spec::Device> devices;
  bool make_devices = true;  // false if the runtime's /dev is bound there
  bool user_namespace = false;
  bool own_mounts = true;  // false: the mount namespace is the runtime's
  // In the runtime's mount namespace, everything is mounted on a mount of the rootfs, and is visible on the
  // host. That mount is detached when the container ends.
  bool mounts_on_machine = false;
  std::string runtime_mount_namespace;  // "mnt:[4026531841]"
  bool readonly = false;
  Propagation propagation;
  bool propagation_given = false;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::string mount_label;
  std::string mount_context;  // the mount option that sets the label: "context"
  std::string cwd;            // process.cwd, which is created if it is missing, as in runc
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

// Depends on `input` only.
StatusOr<Plan> MakePlan(const PlanInput& input);

// "mnt:[4026531841]"
StatusOr<std::string> OwnMountNamespace();

// The propagation between the clone of a bind source and the original, in whichever namespace it is cloned.
// Only with the rootfsPropagation "shared" do mounts in the container appear on the host, and not if it has a
// user namespace, where the kernel makes all mounts slaves (mount_namespaces(7)).
kernel::Peering PeeringOfSources(const Plan& plan);

// A rootfs that is being built, and has not been entered yet.
struct Built {
  kernel::Fd root;                           // attached
  std::string root_path;                     // see Root
  size_t mounted = 0;                        // how many of Plan::mounts are done
  std::vector<kernel::Fd> read_only_at_end;  // mounts that Finish() makes read-only
};

// The following functions are called in this order, in the container's mount namespace, before the pivot.
// Makes the rootfs a mount whose changes are not propagated to the outside.
StatusOr<Built> AttachRootfs(const Plan& plan);
// Makes the mounts before the first one of type "cgroup", which shows the cgroups that this process
// is then in.
Status MountBeforeCgroups(const Plan& plan, SourceOpener open_source, Built& built);
// Makes all other mounts.
Status MountOthers(const Plan& plan, SourceOpener open_source, Built& built);
// Creates the device nodes and links in /dev, and the working directory.
Status PopulateRootfs(const Plan& plan, NodeOpener open_node, const Built& built);

// Makes the rootfs the root of the calling process.
Status Enter(const Plan& plan, int root);

// Called after Enter(), with "/" as the root: makes paths, mounts and the root read-only, masks paths, and
// sets the propagation.
Status Finish(const Plan& plan, const Built& built);

}  // namespace tare::rootfs
