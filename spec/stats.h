// The resource usage and limits of a container, from its cgroups, and the lines of `tare events`.
// The names are the kernel's. If cgroup v1 and v2 differ, they are v1's, as in runc's document
// and containerd's metrics.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tare::spec {

inline constexpr uint64_t kUnlimited = UINT64_MAX;

// Pressure stall information of one resource (Documentation/accounting/psi.rst).
struct Stall {
  double average10 = 0;  // percent of the last 10 s
  double average60 = 0;
  double average300 = 0;
  uint64_t total = 0;  // microseconds
};
struct Pressure {
  Stall some;
  Stall full;
};

struct CpuStats {
  uint64_t total = 0;  // nanoseconds, as are the following ones
  uint64_t kernel = 0;
  uint64_t user = 0;
  std::vector<uint64_t> per_cpu, per_cpu_kernel, per_cpu_user;  // v1
  uint64_t periods = 0;
  uint64_t throttled_periods = 0;
  uint64_t throttled_time = 0;
  uint64_t bursts = 0;
  uint64_t burst_time = 0;
  std::optional<Pressure> pressure;  // v2
};

struct CpusetStats {  // v1
  std::vector<uint16_t> cpus, mems;
  std::map<std::string, int64_t> flags;  // by file name: "cpu_exclusive", ...
};

struct MemoryUse {  // bytes
  uint64_t usage = 0;
  uint64_t peak = 0;
  uint64_t limit = 0;
  uint64_t failures = 0;
};

struct MemoryStats {
  uint64_t cache = 0;
  MemoryUse memory;
  MemoryUse memory_and_swap;
  MemoryUse swap;                          // v2
  MemoryUse kernel;                        // v1
  MemoryUse kernel_tcp;                    // v1
  std::map<std::string, uint64_t> raw;     // memory.stat
  std::map<std::string, uint64_t> events;  // memory.events; v1: memory.oom_control
  std::optional<Pressure> pressure;        // v2
};

struct PidsStats {
  uint64_t current = 0;
  uint64_t limit = 0;  // 0: no limit
};

struct IoEntry {
  uint64_t major = 0;
  uint64_t minor = 0;
  std::string operation;  // "Read", "Write", "Discard", ...
  uint64_t value = 0;
};
using IoEntries = std::vector<IoEntry>;

struct IoStats {
  IoEntries service_bytes;
  IoEntries serviced;
  IoEntries queued, service_time, wait_time, merged, time, sectors;  // v1, with BFQ debugging in the kernel
  std::optional<Pressure> pressure;                                  // v2
};

struct HugepageStats {  // bytes
  uint64_t usage = 0;
  uint64_t peak = 0;  // v1
  uint64_t limit = 0;
  uint64_t failures = 0;
};

struct RdmaEntry {
  std::string device;
  uint32_t handles = 0;
  uint32_t objects = 0;
};

// A share of the L3 cache or of memory bandwidth, as resctrl reports it.
struct RdtShare {
  std::string mask;                        // the whole cache, as bits
  std::map<std::string, uint64_t> limits;  // by file name in "info": "num_closids", ...
  std::string root_schema;                 // of the default group
  std::string schema;                      // of the container
};

struct RdtTraffic {  // bytes between one L3 cache and memory
  uint64_t total = 0;
  uint64_t local = 0;
};

struct RdtStats {
  std::optional<RdtShare> cache;
  std::optional<RdtShare> bandwidth;
  std::vector<RdtTraffic> traffic;  // for each L3 cache
  std::vector<uint64_t> occupancy;  // for each L3 cache, bytes in use
};

struct Stats {
  CpuStats cpu;
  CpusetStats cpuset;
  MemoryStats memory;
  PidsStats pids;
  IoStats io;
  std::map<std::string, HugepageStats> hugepages;  // by size: "2MB"
  std::vector<RdmaEntry> rdma_current, rdma_limit;
  RdtStats rdt;
};

// One line of JSON without a newline: {"type":"stats","id":...,"data":{...}} or {"type":"oom","id":...}.
std::string StatsEventJson(absl::string_view id, const Stats& stats);
std::string OomEventJson(absl::string_view id);

}  // namespace tare::spec
