#include "lifecycle/create/bind_sources.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "namespaces/id_map.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;
using rootfs::MountKind;
using rootfs::MountStep;

Status ExplainIdmap(const Status& status, const MountStep& step) {
  const std::string name = kernel::FilesystemNameAt(step.source);
  const char* below = step.options.idmap == rootfs::Idmap::kAllBelow ? ", or one mounted below it," : "";
  if (ErrnoOf(status) == EINVAL)
    return Annotate(status, "file system ", name, " of ", step.source, below,
                    " does not support idmapped mounts");
  if (ErrnoOf(status) == EPERM)
    return Annotate(status, "file system ", name, " of ", step.source,
                    " can be idmapped only once, by a runtime in the user namespace in which it was mounted");
  return status;
}

Status Idmap(int mount, const MountStep& step, Mappings& mappings) {
  TARE_ASSIGN_OR_RETURN(const int mapping, mappings.For(step));
  const kernel::Recursion recursion = step.options.idmap == rootfs::Idmap::kAllBelow
                                          ? kernel::Recursion::kAllBelow
                                          : kernel::Recursion::kThisMount;
  Status status = kernel::ChangeMount(mount, {.set = MOUNT_ATTR_IDMAP, .user_namespace = mapping}, recursion);
  return status.ok() ? status : ExplainIdmap(status, step);
}

}  // namespace

StatusOr<Fd> CloneSource(const MountStep& step, const Blueprint& blueprint) {
  return kernel::CloneMount(AT_FDCWD, step.source, step.options.bind_recursion,
                            rootfs::PeeringOfSources(blueprint.rootfs), 0, step.options.source_link);
}

bool IsOpenedForInit(const MountStep& step, const Blueprint& blueprint) {
  if (step.kind != MountKind::kBind) return false;
  return step.idmapped() || (blueprint.namespaces.has_user() && blueprint.privileged);
}

StatusOr<Fd> OwnMountNamespace() {
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  return kernel::OpenAt(procfs->fd(), "self/ns/mnt", O_RDONLY);
}

StatusOr<int> Mappings::For(const MountStep& step) {
  if (!step.uid_mappings.empty()) return Made(step.uid_mappings, step.gid_mappings);
  const spec::Linux& platform = blueprint_.config().platform;
  if (blueprint_.namespaces.new_user) return Made(platform.uid_mappings, platform.gid_mappings);
  for (const namespaces::Joined& joined : blueprint_.namespaces.in_child)
    if (joined.type == spec::NamespaceType::kUser) return joined.fd.get();
  return InvalidError("idmap without mappings requires a user namespace");
}

StatusOr<int> Mappings::Made(const std::vector<spec::IdMapping>& uids,
                             const std::vector<spec::IdMapping>& gids) {
  Fd& fd = made_[{namespaces::IdMapText(uids), namespaces::IdMapText(gids)}];
  if (!fd) {
    TARE_ASSIGN_OR_RETURN(fd, namespaces::UserNamespaceWith(uids, gids));
  }
  return fd.get();
}

StatusOr<rootfs::BindSource> BindSources::Open(const MountStep& step, int inits) {
  StatusOr<rootfs::BindSource> source = Clone(step, inits);
  if (!step.idmapped()) return source;
  if (!source.ok()) return ExplainIdmap(source.status(), step);
  TARE_RETURN_IF_ERROR(Idmap(source->mount.get(), step, mappings_));
  return source;
}

StatusOr<rootfs::BindSource> BindSources::Clone(const MountStep& step, int inits) {
  StatusOr<Fd> source = CloneIn(inits, step);
  // In init's mount namespace, mounts below the source are locked and cannot be left out: it is then cloned
  // in our own.
  const bool leaves_out = step.options.bind_recursion == kernel::Recursion::kThisMount;
  if (ErrnoOf(source.status()) != EINVAL || !leaves_out) {
    TARE_RETURN_IF_ERROR(source.status());
    return rootfs::BindSource{*std::move(source)};
  }
  TARE_ASSIGN_OR_RETURN(Fd unlocked, CloneIn(own_, step));
  return rootfs::BindSource{std::move(unlocked), rootfs::Locked::kAsIfGiven};
}

StatusOr<Fd> BindSources::CloneIn(int mount_namespace, const MountStep& step) {
  if (setns(mount_namespace, CLONE_NEWNS) != 0) return ErrnoError(errno, "setns(mount namespace)");
  return CloneSource(step, blueprint_);
}

}  // namespace tare::lifecycle
