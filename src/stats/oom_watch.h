// Reports that a container runs out of memory.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "cgroup/directory.h"
#include "cgroup/manager.h"
#include "kernel/fd.h"

namespace tare::stats {

class OomWatch {
 public:
  // Watches what happens from now on. An error if the container's memory is not accounted for.
  static StatusOr<OomWatch> Open(const cgroup::Manager& manager);

  // For poll(2): readable when Happened() should be called.
  int fd() const { return events_.get(); }

  // True if the container has run out of memory since the last call: on v2, the kernel has killed a process;
  // on v1, where killing may be switched off, it would have killed one. Does not wait.
  bool Happened();

 private:
  enum class Source { kCounter, kWakeup };

  OomWatch(cgroup::Directory directory, std::string file, Source source)
      : directory_(std::move(directory)), file_(std::move(file)), source_(source) {}
  Status WatchCounter();
  Status WatchWakeups();
  uint64_t Kills();

  cgroup::Directory directory_;
  std::string file_;  // has the counter
  Source source_;
  kernel::Fd events_;
  uint64_t reported_ = 0;  // number of kills
};

}  // namespace tare::stats
