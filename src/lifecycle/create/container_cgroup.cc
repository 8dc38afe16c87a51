#include "lifecycle/create/container_cgroup.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "cgroup/mark.h"
#include "namespaces/id_map.h"

namespace tare::lifecycle {
namespace {

// config-linux.md, "Cgroup ownership": a container that is root in its own user and cgroup namespace, and
// sees its cgroup writable, owns it.
bool OwnsItsCgroup(const Blueprint& blueprint) {
  if (!blueprint.namespaces.new_user || !blueprint.namespaces.new_cgroup) return false;
  return std::ranges::any_of(blueprint.rootfs.mounts, [](const rootfs::MountStep& step) {
    return step.kind == rootfs::MountKind::kCgroup && (step.options.flags & MS_RDONLY) == 0;
  });
}

}  // namespace

// A scope is made around init, by systemd.
cgroup::Paths ContainerCgroup::FirstPath() const {
  const cgroup::Paths& paths = cgroup().paths();
  const auto unified = paths.find("");
  if (unified == paths.end() || blueprint_.systemd_cgroup) return {};
  return {*unified};
}

Status ContainerCgroup::Note() const {
  const cgroup::Paths first = FirstPath();
  return first.empty() ? absl::OkStatus() : directory_.NoteCgroup(first.begin()->second);
}

void ContainerCgroup::Mark(const cgroup::Paths& paths) const {
  cgroup::Mark({.paths = paths, .systemd = blueprint_.systemd_cgroup},
               container::OwnerName(runtime_.root, blueprint_.id));
}

Status ContainerCgroup::Make(pid_t init) {
  TARE_RETURN_IF_ERROR(cgroup().Create(init));
  begun_ = made_ = true;
  Mark(cgroup().paths());
  const auto& resources = blueprint_.config().platform.resources;
  TARE_RETURN_IF_ERROR(cgroup().Apply(resources.value_or(spec::Resources{}), /*update=*/false));
  return OwnsItsCgroup(blueprint_) ? Delegate() : absl::OkStatus();
}

Status ContainerCgroup::Delegate() {
  Status given = cgroup().Delegate(namespaces::HostId(0, blueprint_.config().platform.uid_mappings));
  // chown(2) to a subordinate id needs privileges: without them the container can only read its cgroup.
  if (ErrnoOf(given) != EPERM || !runtime_.rootless) return given;
  log::Warning("the container's root does not own its cgroup: ", given.message());
  return absl::OkStatus();
}

StatusOr<kernel::Fd> ContainerCgroup::OpenForClone() {
  TARE_ASSIGN_OR_RETURN(kernel::Fd directory, cgroup().OpenForClone());
  begun_ = begun_ || directory;
  if (directory && !made_) Mark(FirstPath());
  return directory;
}

void ContainerCgroup::Undo() {
  if (made_) (void)cgroup().SignalAll(SIGKILL);
  if (begun_) {
    if (Status removed = cgroup().Remove(); !removed.ok()) log::Warning(removed.message());
  }
  if (made_) cgroup::Unmark(cgroup().paths());  // directories that existed before, and stay
}

}  // namespace tare::lifecycle
