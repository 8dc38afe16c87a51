// News of what the kernel kills in a container for want of memory.
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
  // Of what happens from now on. An error where nothing counts the container's memory.
  static StatusOr<OomWatch> Open(const cgroup::Manager& manager);

  // For poll(2): readable when there may be news.
  int fd() const { return news_.get(); }

  // True if the container ran out of memory since the last call: on v2 the kernel killed a process, on v1,
  // where that may be switched off, it would kill one. Does not wait.
  bool Happened();

 private:
  enum class Sign { kCount, kWake };

  OomWatch(cgroup::Directory directory, std::string file, Sign sign)
      : directory_(std::move(directory)), file_(std::move(file)), sign_(sign) {}
  Status WatchCount();
  Status WatchWakes();
  uint64_t Kills();

  cgroup::Directory directory_;
  std::string file_;  // that counts
  Sign sign_;
  kernel::Fd news_;
  uint64_t told_ = 0;  // kills
};

}  // namespace tare::stats
