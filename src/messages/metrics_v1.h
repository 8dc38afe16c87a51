// io.containerd.cgroups.v1.Metrics: the statistics in the response to Stats with cgroup v1
// controllers (containerd/cgroups, cgroup1/stats/metrics.proto).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/codec.h"

namespace tare::messages::metrics_v1 {

struct HugetlbStat {
  uint64_t usage = 0, max = 0, failcnt = 0;
  std::string pagesize;
  TARE_MESSAGE("io.containerd.cgroups.v1.HugetlbStat", (1, usage)(2, max)(3, failcnt)(4, pagesize));
};

struct PidsStat {
  uint64_t current = 0, limit = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.PidsStat", (1, current)(2, limit));
};

// Nanoseconds.
struct CpuUsage {
  uint64_t total = 0, kernel = 0, user = 0;
  std::vector<uint64_t> per_cpu;
  TARE_MESSAGE("io.containerd.cgroups.v1.CPUUsage", (1, total)(2, kernel)(3, user)(4, per_cpu));
};

struct Throttle {
  uint64_t periods = 0, throttled_periods = 0, throttled_time = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.Throttle", (1, periods)(2, throttled_periods)(3, throttled_time));
};

struct CpuStat {
  std::optional<CpuUsage> usage;
  std::optional<Throttle> throttling;
  TARE_MESSAGE("io.containerd.cgroups.v1.CPUStat", (1, usage)(2, throttling));
};

struct MemoryEntry {
  uint64_t limit = 0, usage = 0, max = 0, failcnt = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.MemoryEntry", (1, limit)(2, usage)(3, max)(4, failcnt));
};

// The counters in memory.stat. Those named total_... include the cgroups below.
struct MemoryStat {
  uint64_t cache = 0, rss = 0, rss_huge = 0, mapped_file = 0, dirty = 0, writeback = 0;
  uint64_t pg_pg_in = 0, pg_pg_out = 0, pg_fault = 0, pg_maj_fault = 0;
  uint64_t inactive_anon = 0, active_anon = 0, inactive_file = 0, active_file = 0, unevictable = 0;
  uint64_t hierarchical_memory_limit = 0, hierarchical_swap_limit = 0;
  uint64_t total_cache = 0, total_rss = 0, total_rss_huge = 0, total_mapped_file = 0, total_dirty = 0;
  uint64_t total_writeback = 0, total_pg_pg_in = 0, total_pg_pg_out = 0, total_pg_fault = 0;
  uint64_t total_pg_maj_fault = 0, total_inactive_anon = 0, total_active_anon = 0;
  uint64_t total_inactive_file = 0, total_active_file = 0, total_unevictable = 0;
  std::optional<MemoryEntry> usage, swap, kernel, kernel_tcp;
  TARE_MESSAGE(
      "io.containerd.cgroups.v1.MemoryStat",
      (1, cache)(2, rss)(3, rss_huge)(4, mapped_file)(5, dirty)(6, writeback)(7, pg_pg_in)(8, pg_pg_out)(
          9, pg_fault)(10, pg_maj_fault)(11, inactive_anon)(12, active_anon)(13, inactive_file)(
          14, active_file)(15, unevictable)(16, hierarchical_memory_limit)(17, hierarchical_swap_limit)(
          18, total_cache)(19, total_rss)(20, total_rss_huge)(21, total_mapped_file)(22, total_dirty)(
          23, total_writeback)(24, total_pg_pg_in)(25, total_pg_pg_out)(26, total_pg_fault)(
          27, total_pg_maj_fault)(28, total_inactive_anon)(29, total_active_anon)(30, total_inactive_file)(
          31, total_active_file)(32, total_unevictable)(33, usage)(34, swap)(35, kernel)(36, kernel_tcp));
};

struct MemoryOomControl {
  uint64_t oom_kill_disable = 0, under_oom = 0, oom_kill = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.MemoryOomControl", (1, oom_kill_disable)(2, under_oom)(3, oom_kill));
};

struct BlkIoEntry {
  std::string op, device;
  uint64_t major = 0, minor = 0, value = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.BlkIOEntry", (1, op)(2, device)(3, major)(4, minor)(5, value));
};
using BlkIoEntries = std::vector<BlkIoEntry>;

// From the "recursive" files, which include the cgroups below.
struct BlkIoStat {
  BlkIoEntries service_bytes, serviced, queued, service_time, wait_time, merged, time, sectors;
  TARE_MESSAGE("io.containerd.cgroups.v1.BlkIOStat",
               (1, service_bytes)(2, serviced)(3, queued)(4, service_time)(5, wait_time)(6, merged)(7, time)(
                   8, sectors));
};

struct RdmaEntry {
  std::string device;
  uint32_t hca_handles = 0, hca_objects = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.RdmaEntry", (1, device)(2, hca_handles)(3, hca_objects));
};

struct RdmaStat {
  std::vector<RdmaEntry> current, limit;
  TARE_MESSAGE("io.containerd.cgroups.v1.RdmaStat", (1, current)(2, limit));
};

struct NetworkStat {
  std::string name;
  uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
  uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.NetworkStat",
               (1, name)(2, rx_bytes)(3, rx_packets)(4, rx_errors)(5, rx_dropped)(6, tx_bytes)(7, tx_packets)(
                   8, tx_errors)(9, tx_dropped));
};

// The number of tasks in each state.
struct CgroupStats {
  uint64_t sleeping = 0, running = 0, stopped = 0, uninterruptible = 0, io_wait = 0;
  TARE_MESSAGE("io.containerd.cgroups.v1.CgroupStats",
               (1, sleeping)(2, running)(3, stopped)(4, uninterruptible)(5, io_wait));
};

struct Metrics {
  std::vector<HugetlbStat> hugetlb;
  std::optional<PidsStat> pids;
  std::optional<CpuStat> cpu;
  std::optional<MemoryStat> memory;
  std::optional<BlkIoStat> blkio;
  std::optional<RdmaStat> rdma;
  std::vector<NetworkStat> network;
  std::optional<CgroupStats> cgroup_stats;
  std::optional<MemoryOomControl> memory_oom_control;
  TARE_MESSAGE("io.containerd.cgroups.v1.Metrics",
               (1, hugetlb)(2, pids)(3, cpu)(4, memory)(5, blkio)(6, rdma)(7, network)(8, cgroup_stats)(
                   9, memory_oom_control));
};

}  // namespace tare::messages::metrics_v1
