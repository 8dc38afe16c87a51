// io.containerd.cgroups.v2.Metrics: the statistics in the response to Stats with cgroup
// v2 (containerd/cgroups, cgroup2/stats/metrics.proto).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/codec.h"

namespace tare::messages::metrics_v2 {

struct PsiData {
  double avg10 = 0, avg60 = 0, avg300 = 0;  // percent
  uint64_t total = 0;                       // microseconds
  TARE_MESSAGE("io.containerd.cgroups.v2.PSIData", (1, avg10)(2, avg60)(3, avg300)(4, total));
};

struct PsiStats {
  std::optional<PsiData> some, full;
  TARE_MESSAGE("io.containerd.cgroups.v2.PSIStats", (1, some)(2, full));
};

struct PidsStat {
  uint64_t current = 0, limit = 0;
  TARE_MESSAGE("io.containerd.cgroups.v2.PidsStat", (1, current)(2, limit));
};

struct CpuStat {
  uint64_t usage_usec = 0, user_usec = 0, system_usec = 0;
  uint64_t nr_periods = 0, nr_throttled = 0, throttled_usec = 0;
  std::optional<PsiStats> psi;
  uint64_t nr_bursts = 0, burst_usec = 0;
  TARE_MESSAGE("io.containerd.cgroups.v2.CPUStat",
               (1, usage_usec)(2, user_usec)(3, system_usec)(4, nr_periods)(5, nr_throttled)(
                   6, throttled_usec)(7, psi)(8, nr_bursts)(9, burst_usec));
};

// The counters in memory.stat under their own names, then the values of the other memory.* files.
struct MemoryStat {
  uint64_t anon = 0, file = 0, kernel_stack = 0, slab = 0, sock = 0, shmem = 0;
  uint64_t file_mapped = 0, file_dirty = 0, file_writeback = 0, anon_thp = 0;
  uint64_t inactive_anon = 0, active_anon = 0, inactive_file = 0, active_file = 0, unevictable = 0;
  uint64_t slab_reclaimable = 0, slab_unreclaimable = 0, pgfault = 0, pgmajfault = 0;
  uint64_t workingset_refault = 0, workingset_activate = 0, workingset_nodereclaim = 0;
  uint64_t pgrefill = 0, pgscan = 0, pgsteal = 0, pgactivate = 0, pgdeactivate = 0;
  uint64_t pglazyfree = 0, pglazyfreed = 0, thp_fault_alloc = 0, thp_collapse_alloc = 0;
  uint64_t usage = 0, usage_limit = 0, swap_usage = 0, swap_limit = 0, max_usage = 0, swap_max_usage = 0;
  std::optional<PsiStats> psi;
  TARE_MESSAGE("io.containerd.cgroups.v2.MemoryStat",
               (1, anon)(2, file)(3, kernel_stack)(4, slab)(5, sock)(6, shmem)(7, file_mapped)(8, file_dirty)(
                   9, file_writeback)(10, anon_thp)(11, inactive_anon)(12, active_anon)(13, inactive_file)(
                   14, active_file)(15, unevictable)(16, slab_reclaimable)(17, slab_unreclaimable)(18,
                                                                                                   pgfault)(
                   19, pgmajfault)(20, workingset_refault)(21, workingset_activate)(22,
                                                                                    workingset_nodereclaim)(
                   23, pgrefill)(24, pgscan)(25, pgsteal)(26, pgactivate)(27, pgdeactivate)(28, pglazyfree)(
                   29, pglazyfreed)(30, thp_fault_alloc)(31, thp_collapse_alloc)(32, usage)(33, usage_limit)(
                   34, swap_usage)(35, swap_limit)(36, max_usage)(37, swap_max_usage)(38, psi));
};

struct MemoryEvents {
  uint64_t low = 0, high = 0, max = 0, oom = 0, oom_kill = 0;
  TARE_MESSAGE("io.containerd.cgroups.v2.MemoryEvents", (1, low)(2, high)(3, max)(4, oom)(5, oom_kill));
};

struct RdmaEntry {
  std::string device;
  uint32_t hca_handles = 0, hca_objects = 0;
  TARE_MESSAGE("io.containerd.cgroups.v2.RdmaEntry", (1, device)(2, hca_handles)(3, hca_objects));
};

struct RdmaStat {
  std::vector<RdmaEntry> current, limit;
  TARE_MESSAGE("io.containerd.cgroups.v2.RdmaStat", (1, current)(2, limit));
};

struct IoEntry {
  uint64_t major = 0, minor = 0, rbytes = 0, wbytes = 0, rios = 0, wios = 0;
  TARE_MESSAGE("io.containerd.cgroups.v2.IOEntry",
               (1, major)(2, minor)(3, rbytes)(4, wbytes)(5, rios)(6, wios));
};

struct IoStat {
  std::vector<IoEntry> usage;
  std::optional<PsiStats> psi;
  TARE_MESSAGE("io.containerd.cgroups.v2.IOStat", (1, usage)(2, psi));
};

struct HugeTlbStat {
  uint64_t current = 0, max = 0;
  std::string pagesize;
  TARE_MESSAGE("io.containerd.cgroups.v2.HugeTlbStat", (1, current)(2, max)(3, pagesize));
};

struct NetworkStat {
  std::string name;
  uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
  uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
  TARE_MESSAGE("io.containerd.cgroups.v2.NetworkStat",
               (1, name)(2, rx_bytes)(3, rx_packets)(4, rx_errors)(5, rx_dropped)(6, tx_bytes)(7, tx_packets)(
                   8, tx_errors)(9, tx_dropped));
};

struct Metrics {
  std::optional<PidsStat> pids;
  std::optional<CpuStat> cpu;
  std::optional<MemoryStat> memory;
  std::optional<RdmaStat> rdma;
  std::optional<IoStat> io;
  std::vector<HugeTlbStat> hugetlb;
  std::optional<MemoryEvents> memory_events;
  std::vector<NetworkStat> network;
  TARE_MESSAGE("io.containerd.cgroups.v2.Metrics",
               (1, pids)(2, cpu)(4, memory)(5, rdma)(6, io)(7, hugetlb)(8, memory_events)(9, network));
};

}  // namespace tare::messages::metrics_v2
