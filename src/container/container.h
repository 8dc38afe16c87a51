// A container that exists: its record, and what the kernel knows about it now.
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
  kernel::Fd init;  // pidfd of init; no descriptor if init has ended
  spec::ContainerStatus status = spec::ContainerStatus::kStopped;

  bool alive() const { return static_cast<bool>(init); }
  // False for a rootless container without a delegated cgroup. Then init is the only process that is known to
  // be in the container.
  bool has_cgroup() const { return !record.cgroup_paths.empty(); }
};

// NotFound: DoesNotExist(), or the record is gone. DataLoss: the record is damaged, or was written by a newer
// tare. If another process has init's pid now, which its start time shows, init has ended.
StatusOr<Container> Load(const std::string& root, const std::string& id);

// What a list shows of a container. Of one that has ended, only the record is read: a host can have
// thousands.
struct Summary {
  Record record;
  spec::ContainerStatus status = spec::ContainerStatus::kStopped;
};
// `root_fd` is the open directory `root`. The errors are those of Load().
StatusOr<Summary> LoadSummary(const std::string& root, int root_fd, const std::string& id);

// FailedPrecondition. The text begins with runc's words, because engines search for them.
Status NotRunning(const std::string& id, spec::ContainerStatus status = spec::ContainerStatus::kStopped);

// What can be found of a container without its record, after Load() has returned NotFound or DataLoss: its
// directory, the cgroups and resctrl groups that are marked as its own, and init, if its pid and start time
// can still be read. Everything else has the value for "unknown".
struct Remains {
  Container container;
  std::string why;  // why the record cannot be used
};
// NotFound: there is nothing.
StatusOr<Remains> LoadRemains(const std::string& root, const std::string& id);

// The container's state as the spec defines it.
spec::State StateOf(const Record& record, spec::ContainerStatus status);
spec::State StateOf(const Container& container);

}  // namespace tare::container
