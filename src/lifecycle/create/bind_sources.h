// Bind sources that init has no right to open, as its helper opens them (helper.h).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "lifecycle/create/blueprint.h"

namespace tare::lifecycle {

// The source of the step is opened for init: it is idmapped, or init is in a user namespace and the runtime
// has more rights.
bool IsOpenedForInit(const rootfs::MountStep& step, const Blueprint& blueprint);

// The source as it is in this process's mount namespace, detached.
StatusOr<kernel::Fd> CloneSource(const rootfs::MountStep& step, const Blueprint& blueprint);

// This process's mount namespace.
StatusOr<kernel::Fd> OwnMountNamespace();

// The user namespaces that mounts are mapped with. Each is made once: it takes a process.
class Mappings {
 public:
  explicit Mappings(const Blueprint& blueprint) : blueprint_(blueprint) {}

  // The mount's own mappings, else those of the container's user namespace. The descriptor stays ours.
  StatusOr<int> For(const rootfs::MountStep& step);

 private:
  StatusOr<int> Made(const std::vector<spec::IdMapping>& uids, const std::vector<spec::IdMapping>& gids);

  const Blueprint& blueprint_;
  std::map<std::pair<std::string, std::string>, kernel::Fd> made_;  // by the text of the maps
};

// A source may lie in what earlier mounts of the list have brought, so it is opened when its turn has come,
// in init's mount namespace. There the kernel also keeps the flags of the machine's mounts locked
// (mount_namespaces(7)): the container's root cannot make writable what was mounted read-only.
class BindSources {
 public:
  // `own`: the mount namespace of this process, which changes with Open().
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
