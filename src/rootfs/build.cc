#include "rootfs/build.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"
#include "rootfs/devices.h"
#include "rootfs/paths.h"
#include "rootfs/revealing.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;
using kernel::Recursion;

bool BindsDev(const std::vector<MountStep>& mounts) {
  for (const MountStep& step : mounts)
    if (step.kind == MountKind::kBind && (step.destination == "/dev" || step.destination == "/dev/"))
      return true;
  return false;
}

void WarnOfBindData(const std::vector<MountStep>& mounts) {
  for (const MountStep& step : mounts)
    if (const std::string unused = UnusedData(step); !unused.empty())
      log::Warning("config.json: /mounts/", step.index, "/options: ", unused);
}

Entering HowToEnter(const PlanInput& input) {
  if (!input.new_mount_namespace) return Entering::kChroot;
  return input.no_pivot ? Entering::kMove : Entering::kPivot;
}

// "rprivate" and "runbindable" are for every mount; "private" and "unbindable" are for the container's root
// alone (Finish), and bind mounts may still be slaves.
bool CutsOff(const Propagation& propagation) {
  return propagation.recursion == Recursion::kAllBelow &&
         (propagation.kind == MS_PRIVATE || propagation.kind == MS_UNBINDABLE);
}

// A namespace that was joined keeps its propagation, but for the one mount that all of the container's lie
// on: they would appear, and stay, wherever that has peers. The runtime's own namespace, given by path,
// keeps that too.
Status IsolateInJoined(const Plan& plan) {
  TARE_ASSIGN_OR_RETURN(const std::string current, OwnMountNamespace());
  if (current == plan.runtime_mount_namespace) return absl::OkStatus();
  return Annotate(kernel::SetHoldingMountPropagation(plan.rootfs, MS_SLAVE), plan.rootfs);
}

// Before anything is mounted, or it would appear in the runtime's namespace as well: so with all mounts,
// whether or not the word begins with an "r", but for "shared". Unbindable mounts could not be cloned: they
// become that at the end.
Status IsolateMounts(const Plan& plan) {
  TARE_STEP("propagation of the mounts that the container inherits");
  if (plan.entering == Entering::kChroot) return IsolateInJoined(plan);
  if (plan.propagation.kind == MS_SHARED)
    return kernel::SetRootPropagation(MS_SHARED, plan.propagation.recursion);
  return kernel::SetRootPropagation(CutsOff(plan.propagation) ? MS_PRIVATE : MS_SLAVE, Recursion::kAllBelow);
}

// The rootfs must be a mount to be pivoted to. What is mounted below it comes along. It is never a peer of
// the machine's (config-linux.md, "Rootfs Mount Propagation": "shared" is a new peer group). The mount that
// holds it must not be shared either: all that follows would appear there, and pivot_root(2) says EINVAL.
StatusOr<Fd> AttachMount(const Plan& plan) {
  TARE_STEP("rootfs: make a mount of ", plan.rootfs);
  if (plan.propagation.kind == MS_SHARED && plan.entering != Entering::kChroot)
    TARE_RETURN_IF_ERROR(kernel::SetHoldingMountPropagation(plan.rootfs, MS_PRIVATE), plan.rootfs);
  TARE_ASSIGN_OR_RETURN(
      Fd root, kernel::CloneMount(AT_FDCWD, plan.rootfs, Recursion::kAllBelow, kernel::Peering::kSlave));
  TARE_ASSIGN_OR_RETURN(Fd target, kernel::Open(plan.rootfs, O_PATH | O_DIRECTORY));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(root.get(), target.get()), plan.rootfs);
  return root;
}

// A mount that somebody has made at the rootfs lies on a mount of the machine, whose peer it may be. What is
// unmounted from it at the end is then unmounted from the other as well, and at that place there is itself.
Status LeavePeers(const std::string& rootfs) {
  TARE_ASSIGN_OR_RETURN(const uint64_t here, kernel::MountIdAt(rootfs));
  TARE_ASSIGN_OR_RETURN(const uint64_t above, kernel::MountIdAt(absl::StrCat(rootfs, "/..")));
  if (here == above) return absl::OkStatus();
  return kernel::SetHoldingMountPropagation(rootfs, MS_PRIVATE);
}

Status MountUpTo(size_t end, const Plan& plan, SourceOpener open_source, Built& built) {
  const auto make_read_only_later = [&built](Fd mount) {
    built.read_only_at_end.push_back(std::move(mount));
  };
  const MountContext context{.root = {.fd = built.root.get(), .path = built.root_path},
                             .cgroups = &plan.cgroups,
                             .mount_label = plan.mount_label,
                             .mount_context = plan.mount_context,
                             .open_source = open_source,
                             .make_read_only_later = make_read_only_later};
  if (!plan.makes_mounts()) return absl::OkStatus();
  for (; built.mounted < end; ++built.mounted) {
    const MountStep& step = plan.mounts[built.mounted];
    TARE_STEP("mount ", step.index, ": ", MountInWords(step));
    TARE_RETURN_IF_ERROR(CarryOut(step, context), MountErrorPrefix(step));
  }
  return absl::OkStatus();
}

const char* InWords(Entering entering) {
  switch (entering) {
    case Entering::kPivot:
      return "pivot_root";
    case Entering::kMove:
      return "mount --move and chroot";
    case Entering::kChroot:
      return "chroot";
  }
  return "";
}

size_t FirstCgroupMount(const Plan& plan) {
  const auto first = std::ranges::find(plan.mounts, MountKind::kCgroup, &MountStep::kind);
  return static_cast<size_t>(first - plan.mounts.begin());
}

Status PopulateDev(const Plan& plan, int root, NodeOpener open_node) {
  if (!plan.make_devices) return absl::OkStatus();
  // Nodes get the mode that was asked for.
  const mode_t mask = umask(0);
  Status status = MakeDevices(root, plan.devices,
                              plan.user_namespace ? NodeMaking::kBind : NodeMaking::kMknod, open_node);
  umask(mask);
  TARE_RETURN_IF_ERROR(status, "making devices");
  return MakeDeviceLinks(root);
}

}  // namespace

StatusOr<std::string> OwnMountNamespace() {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  return kernel::ReadLinkAt(procfs->fd(), "self/ns/mnt");
}

StatusOr<Plan> MakePlan(const PlanInput& input) {
  const spec::Config& config = *input.config;
  Plan plan{.rootfs = input.rootfs,
            .mounts = PlanMounts(config.mounts, input.bundle, input.rootfs),
            .devices = PlanDevices(config.platform.devices),
            .user_namespace = input.user_namespace,
            .own_mounts = input.new_mount_namespace || input.joins_mount_namespace,
            .runtime_mount_namespace = input.runtime_mount_namespace,
            .readonly = config.root.readonly,
            .propagation_given = !config.platform.rootfs_propagation.empty(),
            .masked_paths = config.platform.masked_paths,
            .readonly_paths = config.platform.readonly_paths,
            .mount_label = config.platform.mount_label,
            .mount_context = config.mount_context,
            .cwd = config.process ? config.process->cwd : "",
            .entering = HowToEnter(input)};
  WarnOfBindData(plan.mounts);
  for (const MountStep& step : plan.mounts) TARE_RETURN_IF_ERROR(CheckMountStep(step));
  plan.make_devices = !BindsDev(plan.mounts);
  TARE_ASSIGN_OR_RETURN(plan.propagation, ParseRootPropagation(config.platform.rootfs_propagation));
  if (plan.entering == Entering::kMove && plan.propagation.kind == MS_PRIVATE)
    return InvalidError(
        "/linux/rootfsPropagation: rootfsPropagation of [r]private is not safe without pivot_root");
  plan.mounts_on_machine = !plan.own_mounts && (!plan.mounts.empty() || plan.readonly);
  return plan;
}

kernel::Peering PeeringOfSources(const Plan& plan) {
  if (plan.propagation.kind == MS_SHARED && !plan.user_namespace) return kernel::Peering::kMember;
  return CutsOff(plan.propagation) ? kernel::Peering::kPrivate : kernel::Peering::kSlave;
}

StatusOr<Built> AttachRootfs(const Plan& plan) {
  Built built;
  if (!plan.makes_mounts()) {
    TARE_ASSIGN_OR_RETURN(built.root, kernel::Open(plan.rootfs, O_PATH | O_DIRECTORY));
    return built;
  }
  TARE_RETURN_IF_ERROR(IsolateMounts(plan));
  if (plan.mounts_on_machine) TARE_RETURN_IF_ERROR(LeavePeers(plan.rootfs), plan.rootfs);
  TARE_ASSIGN_OR_RETURN(built.root, AttachMount(plan));
  TARE_ASSIGN_OR_RETURN(built.root_path, PathOf(built.root.get()));
  // Its place may be on a shared mount: what follows is then not for the peers of that one.
  if (plan.mounts_on_machine)
    TARE_RETURN_IF_ERROR(
        kernel::ChangeMount(built.root.get(), {.propagation = MS_PRIVATE}, Recursion::kAllBelow));
  return built;
}

Status MountBeforeCgroups(const Plan& plan, SourceOpener open_source, Built& built) {
  return MountUpTo(FirstCgroupMount(plan), plan, open_source, built);
}

Status MountOthers(const Plan& plan, SourceOpener open_source, Built& built) {
  return MountUpTo(plan.mounts.size(), plan, open_source, built);
}

Status PopulateRootfs(const Plan& plan, NodeOpener open_node, const Built& built) {
  TARE_RETURN_IF_ERROR(PopulateDev(plan, built.root.get(), open_node));
  if (!plan.makes_mounts() || plan.cwd.empty() || plan.cwd == "/") return absl::OkStatus();
  return Annotate(kernel::MakeDirectoryInRoot(built.root.get(), plan.cwd, 0755).status(), "/process/cwd");
}

Status Enter(const Plan& plan, int root) {
  TARE_STEP(InWords(plan.entering), " to the rootfs");
  switch (plan.entering) {
    case Entering::kPivot:
      return kernel::PivotRoot(root);
    case Entering::kMove:
      TARE_RETURN_IF_ERROR(HideRevealingMounts(plan.rootfs));
      return kernel::MoveRoot(root);
    case Entering::kChroot:
      return kernel::ChangeRoot(root);
  }
  return absl::OkStatus();
}

Status Finish(const Plan& plan, const Built& built) {
  if (!plan.makes_mounts()) return absl::OkStatus();
  TARE_STEP("read-only and masked paths", plan.readonly ? ", and the rootfs read-only" : "");
  const int root = built.root.get();
  TARE_RETURN_IF_ERROR(ReadonlyPaths(root, plan.readonly_paths));
  TARE_RETURN_IF_ERROR(MaskPaths(root, plan.masked_paths, plan.mount_label));
  for (const Fd& mount : built.read_only_at_end)
    TARE_RETURN_IF_ERROR(kernel::ChangeMount(mount.get(), {.set = MOUNT_ATTR_RDONLY}, Recursion::kThisMount),
                         "making a tmpfs or /dev read-only");
  if (plan.readonly)
    TARE_RETURN_IF_ERROR(kernel::ChangeMount(root, {.set = MOUNT_ATTR_RDONLY}, Recursion::kThisMount),
                         "making the rootfs read-only");
  if (!plan.propagation_given) return absl::OkStatus();
  // Last: what is unbindable could not be made read-only by then.
  return Annotate(
      kernel::ChangeMount(root, {.propagation = plan.propagation.kind}, plan.propagation.recursion),
      "/linux/rootfsPropagation");
}

}  // namespace tare::rootfs
