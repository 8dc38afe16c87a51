// An existing container, as its record and the kernel describe it.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "cgroup/manager.h"
#include "container/store.h"
#include "kernel/fd.h"
#include "spec/state.h"

namespace tare::container {

struct Container {
  Directory directory;
  Record record;
  std::unique_ptr<cgroup::Manager> cgroup;
  kernel::Fd init;  // pidfd of init; no descriptor: it has ended
  spec::ContainerStatus status = spec::ContainerStatus::kStopped;

  bool alive() const { return static_cast<bool>(init); }
  // False: rootless without delegation. Then only init is known to be in the container.
  bool has_cgroup() const { return !record.cgroup_paths.empty(); }
};

// NotFound: DoesNotExist(), or its record is gone. DataLoss: the record is damaged. If another process has
// the pid of init by now, init has ended: their start times differ.
StatusOr<Container> Load(const std::string& root, const std::string& id);

// FailedPrecondition. It begins with runc's words, which engines match.
Status NotRunning(const std::string& id, spec::ContainerStatus status = spec::ContainerStatus::kStopped);

// What can be found of a container by its name when Load() says one of both: its directory, the cgroups that
// are marked as its own, and init if its pid and start time can still be read. All else reads as unknown.
struct Remains {
  Container container;
  std::string why;  // the record cannot be read
};
// NotFound: nothing.
StatusOr<Remains> LoadRemains(const std::string& root, const std::string& id);

// What the spec calls its state.
spec::State StateOf(const Container& container);

}  // namespace tare::container
