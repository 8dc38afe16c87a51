// The few numbers that `tare top` shows of every container, read from as few files as possible.
#pragma once

#include <cstdint>

#include "cgroup/manager.h"

namespace tare::stats {

// A limit of 0 means that there is none. What the kernel does not count is 0.
struct Usage {
  uint64_t cpu = 0;           // nanoseconds, of all CPUs together
  uint64_t memory = 0;        // bytes, with the page cache
  uint64_t memory_limit = 0;  // bytes
  uint64_t pids = 0;
  uint64_t pids_limit = 0;
  uint64_t io_read = 0;  // bytes, of all devices together
  uint64_t io_written = 0;
};

// All zeros if the cgroup is gone, or if there is none (`paths` is empty).
Usage ReadUsage(const cgroup::Paths& paths);

}  // namespace tare::stats
