#include "rootfs/live_mounts.h"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"

namespace tare::rootfs {
namespace {

using kernel::Fd;

// By its descriptor, whatever is at its path by now. A file cannot be the working directory, so this takes
// the way through our own procfs, which umount2(2) can only reach from there.
Status Detach(int mount) {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  if (fchdir(procfs->fd()) != 0) return ErrnoError(errno, "fchdir(/proc)");
  if (umount2(absl::StrCat("self/fd/", mount).c_str(), MNT_DETACH) != 0) return ErrnoError(errno, "umount2");
  return absl::OkStatus();
}

// What AddMounts() has done so far, and undoes unless Keep() is called.
struct Added {
  std::vector<Fd> mounts;
  std::vector<kernel::MadeInRoot> files;

  ~Added() {
    for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount)
      if (Status detached = Detach(mount->get()); !detached.ok()) log::Warning(detached.message());
    kernel::RemoveMade(files);
  }
  void Keep() {
    mounts.clear();
    files.clear();
  }
};

// A mount that RemoveMounts() has detached, and attaches again unless Keep() is called.
struct Removed {
  struct Mount {
    std::string destination;
    Fd copy;
  };
  int root;
  std::vector<Mount> mounts;

  ~Removed() {
    for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount)
      if (Status attached = Attach(*mount); !attached.ok())
        log::Warning(mount->destination, " is no longer mounted: ", attached.message());
  }
  void Keep() { mounts.clear(); }

 private:
  Status Attach(const Mount& mount) const;
};

constexpr uint64_t kNoLinks = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;

Status Removed::Attach(const Mount& mount) const {
  TARE_ASSIGN_OR_RETURN(const Fd target, kernel::OpenResolved(root, mount.destination, O_PATH, kNoLinks));
  return kernel::AttachMount(mount.copy.get(), target.get());
}

Status ExplainLink(int root, const std::string& destination) {
  const StatusOr<Fd> target = kernel::OpenInRoot(root, destination, O_PATH);
  const StatusOr<std::string> path = target.ok() ? PathOf(target->get()) : target.status();
  return InvalidError("the path leads through a symbolic link",
                      path.ok() ? absl::StrCat("; the container has ", *path, " there") : "");
}

StatusOr<Fd> OpenMountPoint(const Root& root, const std::string& destination) {
  StatusOr<Fd> target = kernel::OpenResolved(root.fd, destination, O_PATH, kNoLinks);
  if (ErrnoOf(target.status()) == ELOOP) return ExplainLink(root.fd, destination);
  TARE_RETURN_IF_ERROR(target.status());
  TARE_RETURN_IF_ERROR(CheckNotInsideProc(root, target->get()));
  TARE_ASSIGN_OR_RETURN(const std::string path, PathOf(target->get()));
  if (path == "/") return InvalidError("the root of the container cannot be removed");
  struct statx stx {};
  if (statx(target->get(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) != 0)
    return ErrnoError(errno, absl::StrCat("statx(", path, ")"));
  if ((stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) return InvalidError("not a mount point");
  return target;
}

// EINVAL: the mount is locked (mount_namespaces(7)).
Status ExplainDetach(const Status& status) {
  if (ErrnoOf(status) != EINVAL) return status;
  return Annotate(status, "the kernel has locked this mount in the container's user namespace");
}

Status RemoveOne(const Root& root, const std::string& destination, Removed& removed) {
  TARE_ASSIGN_OR_RETURN(const Fd target, OpenMountPoint(root, destination));
  TARE_ASSIGN_OR_RETURN(
      Fd copy, kernel::CloneMount(target.get(), "", kernel::Recursion::kAllBelow, kernel::Peering::kMember));
  TARE_RETURN_IF_ERROR(ExplainDetach(Detach(target.get())));
  removed.mounts.push_back({destination, std::move(copy)});
  return absl::OkStatus();
}

Status CheckOneAddable(const MountStep& step) {
  switch (step.kind) {
    case MountKind::kRemount:
      return InvalidError("a mount that exists cannot be changed");
    case MountKind::kProc:
      return InvalidError("a procfs can only be mounted when the container is created");
    case MountKind::kCgroup:
      return InvalidError("cgroups can only be mounted when the container is created");
    default:
      return absl::OkStatus();
  }
}

}  // namespace

Status CheckAddable(const std::vector<MountStep>& steps) {
  for (const MountStep& step : steps) TARE_RETURN_IF_ERROR(CheckOneAddable(step), MountErrorPrefix(step));
  return absl::OkStatus();
}

Status AddMounts(const std::vector<MountStep>& steps, const Label& label, SourceOpener open_source) {
  TARE_ASSIGN_OR_RETURN(const Fd root, kernel::Open("/", O_PATH | O_DIRECTORY));
  Added added;
  std::vector<Fd> read_only_at_end;
  const auto make_read_only_later = [&](Fd mount) { read_only_at_end.push_back(std::move(mount)); };
  const MountContext context{.root = {.fd = root.get(), .path = "/", .made = &added.files},
                             .mount_label = label.label,
                             .mount_context = label.context,
                             .open_source = open_source,
                             .make_read_only_later = make_read_only_later,
                             .attached = &added.mounts};
  for (const MountStep& step : steps) TARE_RETURN_IF_ERROR(CarryOut(step, context), MountErrorPrefix(step));
  for (const Fd& mount : read_only_at_end)
    TARE_RETURN_IF_ERROR(
        kernel::ChangeMount(mount.get(), {.set = MOUNT_ATTR_RDONLY}, kernel::Recursion::kThisMount));
  added.Keep();
  return absl::OkStatus();
}

Status RemoveMounts(const std::vector<std::string>& destinations) {
  TARE_ASSIGN_OR_RETURN(const Fd root, kernel::Open("/", O_PATH | O_DIRECTORY));
  Removed removed{.root = root.get(), .mounts = {}};
  for (size_t i = 0; i < destinations.size(); ++i)
    TARE_RETURN_IF_ERROR(RemoveOne({.fd = root.get(), .path = "/"}, destinations[i], removed),
                         "error removing the mount at \"", destinations[i], "\": /mounts/", i);
  removed.Keep();
  return absl::OkStatus();
}

}  // namespace tare::rootfs
