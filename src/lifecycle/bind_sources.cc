#include "lifecycle/bind_sources.h"

#include <algorithm>
#include <cerrno>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "namespaces/id_map.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;
using rootfs::MountKind;
using rootfs::MountStep;

// The mount's own mappings, else those of the container's user namespace.
StatusOr<Fd> MappingFor(const MountStep& step, const Blueprint& blueprint) {
  if (!step.uid_mappings.empty()) return namespaces::UserNamespaceWith(step.uid_mappings, step.gid_mappings);
  const spec::Linux& platform = blueprint.config().platform;
  if (blueprint.namespaces.new_user)
    return namespaces::UserNamespaceWith(platform.uid_mappings, platform.gid_mappings);
  for (const namespaces::Joined& joined : blueprint.namespaces.in_child)
    if (joined.type == spec::NamespaceType::kUser) return kernel::Duplicate(joined.fd.get());
  return InvalidError("idmap without mappings needs a user namespace");
}

Status ExplainIdmap(const Status& status, const MountStep& step) {
  const std::string name = kernel::FilesystemNameAt(step.source);
  const char* below = step.options.idmap == rootfs::Idmap::kAllBelow ? ", or one mounted below it," : "";
  if (ErrnoOf(status) == EINVAL)
    return Annotate(status, "file system ", name, " of ", step.source, below,
                    " does not support idmapped mounts");
  if (ErrnoOf(status) == EPERM)
    return Annotate(
        status, "file system ", name, " of ", step.source,
        " can be idmapped only by a runtime in the user namespace that it was mounted in, and once");
  return status;
}

Status Idmap(int mount, const MountStep& step, const Blueprint& blueprint) {
  TARE_ASSIGN_OR_RETURN(Fd mapping, MappingFor(step, blueprint));
  const kernel::Recursion recursion = step.options.idmap == rootfs::Idmap::kAllBelow
                                          ? kernel::Recursion::kAllBelow
                                          : kernel::Recursion::kThisMount;
  Status status =
      kernel::ChangeMount(mount, {.set = MOUNT_ATTR_IDMAP, .user_namespace = mapping.get()}, recursion);
  return status.ok() ? status : ExplainIdmap(status, step);
}

StatusOr<Fd> Prepare(const MountStep& step, const Blueprint& blueprint) {
  if (step.kind != MountKind::kBind) return Fd();
  if (!step.idmapped() && !blueprint.namespaces.has_user()) return Fd();
  StatusOr<Fd> source = kernel::CloneMount(AT_FDCWD, step.source, step.options.bind_recursion,
                                           rootfs::PeeringOfSources(blueprint.rootfs));
  // An unprivileged runtime cannot; init, root in its own namespace, can.
  if (ErrnoOf(source.status()) == EPERM && !step.idmapped()) return Fd();
  if (!source.ok()) return step.idmapped() ? ExplainIdmap(source.status(), step) : source.status();
  if (step.idmapped()) TARE_RETURN_IF_ERROR(Idmap(source->get(), step, blueprint));
  return source;
}

}  // namespace

StatusOr<std::vector<Fd>> PrepareBindSources(const Blueprint& blueprint) {
  std::vector<Fd> sources;
  for (const MountStep& step : blueprint.rootfs.mounts) {
    TARE_ASSIGN_OR_RETURN(Fd source, Prepare(step, blueprint), "mounting ", step.destination, " (mounts[",
                          step.index, "])");
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace tare::lifecycle
