// How init's helper (helper.h) opens the sources of bind mounts that init may not open.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"

namespace tare::lifecycle {

// True if the helper opens the source: it is idmapped, or init is in a user namespace and the runtime,
// outside of it, has more privileges.
bool IsOpenedForInit(const rootfs::MountStep& step, const Blueprint& blueprint);

// The source as it is in this process's mount namespace, detached.
StatusOr<kernel::Fd> CloneSource(const rootfs::MountStep& step, const Blueprint& blueprint);

// This process's mount namespace.
StatusOr<kernel::Fd> OwnMountNamespace();

// The user namespaces whose id maps idmapped mounts get. Each is made only once, because that
// takes a process.
class Mappings {
 public:
  explicit Mappings(const Blueprint& blueprint) : blueprint_(blueprint) {}

  // With the mount's own mappings, or with those of the container's user namespace if it has none. The
  // descriptor remains ours.
  StatusOr<int> For(const rootfs::MountStep& step);

 private:
  StatusOr<int> Made(const std::vector<spec::IdMapping>& uids, const std::vector<spec::IdMapping>& gids);

  const Blueprint& blueprint_;
  std::map<std::pair<std::string, std::string>, kernel::Fd> made_;  // by the text of the maps
};

// A source may lie inside an earlier mount of the list, so it is opened when it is mounted, in init's mount
// namespace. There the kernel also keeps the flags of the host's mounts locked (mount_namespaces(7)), so that
// the container's root cannot make writable what was mounted read-only.
class BindSources {
 public:
  // `own` is the mount namespace that this process is in before the first Open(), which changes it.
  BindSources(const Blueprint& blueprint, int own) : blueprint_(blueprint), own_(own), mappings_(blueprint) {}

  // A detached mount, idmapped if the step asks for it; `inits` is init's mount namespace.
  StatusOr<rootfs::BindSource> Open(const rootfs::MountStep& step, int inits);

 private:
  StatusOr<rootfs::BindSource> Clone(const rootfs::MountStep& step, int inits);
  StatusOr<kernel::Fd> CloneIn(int mount_namespace, const rootfs::MountStep& step);

  const Blueprint& blueprint_;
  int own_;
  Mappings mappings_;
};

}  // namespace tare::lifecycle
