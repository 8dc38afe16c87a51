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
  TARE_ASSIGN_OR_RETURN(
      Fd bind, kernel::CloneMount(AT_FDCWD, path, kernel::Recursion::kThisMount, kernel::Peering::kSlave));
  TARE_RETURN_IF_ERROR(kernel::ChangeMount(bind.get(), {.set = AttributesOf(step.options.flags) | kSafe},
                                           kernel::Recursion::kThisMount));
  return bind;
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
// cgroup is bind mounted instead.
StatusOr<Fd> HierarchyMount(const CgroupHierarchy& hierarchy, const MountStep& step, const CgroupView& view) {
  return view.new_namespace ? NewHierarchy(hierarchy, step) : BindDirectory(hierarchy.path, step);
}

// Without privileges the container may have no cgroup in this hierarchy. That is decided before it enters its
// cgroups, and so before any cgroup mount.
bool IsThere(const CgroupHierarchy& hierarchy) {
  return access(hierarchy.path.c_str(), F_OK) == 0 || errno != ENOENT;
}

Status MountV1(int target, const MountStep& step, const CgroupView& view) {
  TARE_ASSIGN_OR_RETURN(kernel::FilesystemContext fs, kernel::FilesystemContext::Open("tmpfs"));
  TARE_RETURN_IF_ERROR(fs.SetString("source", "tmpfs"));
  TARE_RETURN_IF_ERROR(fs.SetString("mode", "755"));
  TARE_ASSIGN_OR_RETURN(Fd top, fs.Mount(kSafe));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(top.get(), target));
  for (const CgroupHierarchy& hierarchy : view.hierarchies) {
    if (!IsThere(hierarchy)) continue;
    if (mkdirat(top.get(), hierarchy.name.c_str(), 0755) != 0)
      return ErrnoError(errno, absl::StrCat("mkdir(", hierarchy.name, ")"));
    TARE_ASSIGN_OR_RETURN(Fd directory, kernel::OpenAt(top.get(), hierarchy.name, O_PATH | O_NOFOLLOW));
    TARE_ASSIGN_OR_RETURN(Fd mount, HierarchyMount(hierarchy, step, view), hierarchy.name);
    TARE_RETURN_IF_ERROR(kernel::AttachMount(mount.get(), directory.get()), hierarchy.name);
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
