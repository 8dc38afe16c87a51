// The mounts of type "cgroup": one filesystem for v2; for v1 a tmpfs with a directory for each hierarchy.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_split.h"
#include "kernel/file.h"
#include "rootfs/mount_actions.h"
#include "rootfs/mount_flags.h"
#include "rootfs/paths.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;

constexpr uint64_t kSafe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

StatusOr<Fd> BindDirectory(const std::string& path, const MountStep& step) {
  return kernel::CloneMount(AT_FDCWD, path, kernel::Recursion::kThisMount, kernel::Peering::kSlave,
                            AttributesOf(step.options.flags) | kSafe);
}

StatusOr<Fd> NewHierarchy(const CgroupHierarchy& hierarchy, const MountStep& step) {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("cgroup"));
  TARE_RETURN_IF_ERROR(fs.SetString("source", "cgroup"));
  for (absl::string_view option : absl::StrSplit(hierarchy.mount_options, ',', absl::SkipEmpty())) {
    const auto [key, value] = SplitDataOption(std::string(option));
    TARE_RETURN_IF_ERROR(value.empty() ? fs.SetFlag(key) : fs.SetString(key, value));
  }
  return fs.Mount(AttributesOf(step.options.flags) | kSafe);
}

// Without a cgroup namespace, a new mount would show the cgroups of the whole host. So the container's own
// cgroup is bind mounted instead. No descriptor: without privileges the container may have no cgroup in this
// hierarchy. That is decided before it enters its cgroups, and so before any cgroup mount.
StatusOr<Fd> HierarchyMount(const CgroupHierarchy& hierarchy, const MountStep& step, const CgroupView& view) {
  if (view.new_namespace) {
    const bool missing = access(hierarchy.path.c_str(), F_OK) != 0 && errno == ENOENT;
    return missing ? Fd() : NewHierarchy(hierarchy, step);
  }
  StatusOr<Fd> bind = BindDirectory(hierarchy.path, step);
  return ErrnoOf(bind.status()) == ENOENT ? Fd() : std::move(bind);
}

Status MountV1(int target, const MountStep& step, const CgroupView& view) {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("tmpfs"));
  TARE_RETURN_IF_ERROR(fs.SetString("source", "tmpfs"));
  TARE_RETURN_IF_ERROR(fs.SetString("mode", "755"));
  TARE_ASSIGN_OR_RETURN(Fd top, fs.Mount(kSafe));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(top.get(), target));
  for (const CgroupHierarchy& hierarchy : view.hierarchies) {
    TARE_ASSIGN_OR_RETURN(const Fd mount, HierarchyMount(hierarchy, step, view), hierarchy.name);
    if (!mount) continue;
    if (mkdirat(top.get(), hierarchy.name.c_str(), 0755) != 0)
      return ErrnoError(errno, absl::StrCat("mkdir(", hierarchy.name, ")"));
    TARE_RETURN_IF_ERROR(kernel::AttachMountIn(mount.get(), top.get(), hierarchy.name), hierarchy.name);
    for (const std::string& controller : hierarchy.controllers) {
      if (controller == hierarchy.name) continue;
      if (symlinkat(hierarchy.name.c_str(), top.get(), controller.c_str()) != 0 && errno != EEXIST)
        return ErrnoError(errno, absl::StrCat("symlink(", controller, ")"));
    }
  }
  TARE_RETURN_IF_ERROR(kernel::ChangeMount(top.get(), {.set = AttributesOf(step.options.flags)},
                                           kernel::Recursion::kThisMount));
  return ApplyPropagation(top.get(), step.options);
}

// A user namespace without a cgroup namespace of its own is not allowed to mount cgroup2. Then the
// container's own cgroup is bind mounted, so that no others are visible (CVE-2023-25809). A container without
// a cgroup is in that of the runtime, which is hidden, because it would be writable through a bind mount of
// /sys in the rootfs.
StatusOr<Fd> UnifiedMount(const MountStep& step, const MountContext& context) {
  const CgroupView& view = *context.cgroups;
  if (view.hierarchies.empty()) return EmptyDirectory(context.mount_label);
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("cgroup2"));
  TARE_RETURN_IF_ERROR(fs.SetString("source", "cgroup"));
  StatusOr<Fd> mount = fs.Mount(AttributesOf(step.options.flags) | kSafe);
  const int error = ErrnoOf(mount.status());
  if (mount.ok() || (error != EPERM && error != EBUSY)) return mount;
  return BindDirectory(view.hierarchies.front().path, step);
}

}  // namespace

Status MountCgroups(int target, const MountStep& step, const MountContext& context) {
  if (!context.cgroups->unified) return MountV1(target, step, *context.cgroups);
  TARE_ASSIGN_OR_RETURN(Fd mount, UnifiedMount(step, context));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(mount.get(), target));
  return ApplyPropagation(mount.get(), step.options);
}

}  // namespace tare::rootfs
