#include "lifecycle/bind_sources.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <utility>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "namespaces/id_map.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;
using rootfs::MountKind;
using rootfs::MountStep;

// The user namespaces that mounts are mapped with. Each is made once: it takes a process, which copies all
// the descriptors that are open by then.
class Mappings {
 public:
  explicit Mappings(const Blueprint& blueprint) : blueprint_(blueprint) {}

  // The mount's own mappings, else those of the container's user namespace. The descriptor stays ours.
  StatusOr<int> For(const MountStep& step) {
    if (!step.uid_mappings.empty()) return Made(step.uid_mappings, step.gid_mappings);
    const spec::Linux& platform = blueprint_.config().platform;
    if (blueprint_.namespaces.new_user) return Made(platform.uid_mappings, platform.gid_mappings);
    for (const namespaces::Joined& joined : blueprint_.namespaces.in_child)
      if (joined.type == spec::NamespaceType::kUser) return joined.fd.get();
    return InvalidError("idmap without mappings needs a user namespace");
  }

 private:
  StatusOr<int> Made(const std::vector<spec::IdMapping>& uids, const std::vector<spec::IdMapping>& gids) {
    Fd& fd = made_[{namespaces::IdMapText(uids), namespaces::IdMapText(gids)}];
    if (!fd) {
      TARE_ASSIGN_OR_RETURN(fd, namespaces::UserNamespaceWith(uids, gids));
    }
    return fd.get();
  }

  const Blueprint& blueprint_;
  std::map<std::pair<std::string, std::string>, Fd> made_;  // by the text of the maps
};

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

Status Idmap(int mount, const MountStep& step, Mappings& mappings) {
  TARE_ASSIGN_OR_RETURN(const int mapping, mappings.For(step));
  const kernel::Recursion recursion = step.options.idmap == rootfs::Idmap::kAllBelow
                                          ? kernel::Recursion::kAllBelow
                                          : kernel::Recursion::kThisMount;
  Status status = kernel::ChangeMount(mount, {.set = MOUNT_ATTR_IDMAP, .user_namespace = mapping}, recursion);
  return status.ok() ? status : ExplainIdmap(status, step);
}

StatusOr<Fd> Prepare(const MountStep& step, const Blueprint& blueprint, Mappings& mappings) {
  if (step.kind != MountKind::kBind) return Fd();
  if (!step.idmapped() && !blueprint.namespaces.has_user()) return Fd();
  if (rootfs::CopiesLink(step)) return Fd();
  StatusOr<Fd> source =
      kernel::CloneMount(AT_FDCWD, step.source, step.options.bind_recursion,
                         rootfs::PeeringOfSources(blueprint.rootfs), step.options.source_link);
  // An unprivileged runtime cannot; init, root in its own namespace, can.
  if (ErrnoOf(source.status()) == EPERM && !step.idmapped()) return Fd();
  if (!source.ok()) return step.idmapped() ? ExplainIdmap(source.status(), step) : source.status();
  if (step.idmapped()) TARE_RETURN_IF_ERROR(Idmap(source->get(), step, mappings));
  return source;
}

}  // namespace

StatusOr<std::vector<Fd>> PrepareBindSources(const Blueprint& blueprint) {
  std::vector<Fd> sources;
  Mappings mappings(blueprint);
  for (const MountStep& step : blueprint.rootfs.mounts) {
    TARE_ASSIGN_OR_RETURN(Fd source, Prepare(step, blueprint, mappings), rootfs::Naming(step));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace tare::lifecycle
