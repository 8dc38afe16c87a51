#include <utility>

#include "messages/metrics_v2.h"
#include "metrics/counters.h"
#include "metrics/metrics.h"

namespace tare::metrics {
namespace {

namespace v2 = messages::metrics_v2;

constexpr uint64_t kNanoseconds = 1000;  // in a microsecond

v2::PsiData Psi(const spec::Stall& stall) {
  return {
      .avg10 = stall.average10, .avg60 = stall.average60, .avg300 = stall.average300, .total = stall.total};
}

std::optional<v2::PsiStats> Psi(const std::optional<spec::Pressure>& pressure) {
  if (!pressure) return std::nullopt;
  return v2::PsiStats{.some = Psi(pressure->some), .full = Psi(pressure->full)};
}

v2::CpuStat Cpu(const spec::CpuStats& cpu) {
  return {.usage_usec = cpu.total / kNanoseconds,
          .user_usec = cpu.user / kNanoseconds,
          .system_usec = cpu.kernel / kNanoseconds,
          .nr_periods = cpu.periods,
          .nr_throttled = cpu.throttled_periods,
          .throttled_usec = cpu.throttled_time / kNanoseconds,
          .psi = Psi(cpu.pressure),
          .nr_bursts = cpu.bursts,
          .burst_usec = cpu.burst_time / kNanoseconds};
}

v2::MemoryStat Memory(const spec::MemoryStats& memory) {
  const Counters stat(memory.raw);
  // Since Linux 5.9, some counters are separate for anonymous memory and files.
  const auto both = [&](const char* old, const char* anon, const char* file) {
    return stat[old] + stat[anon] + stat[file];
  };
  return {
      .anon = stat["anon"],
      .file = stat["file"],
      .kernel_stack = stat["kernel_stack"],
      .slab = stat["slab"],
      .sock = stat["sock"],
      .shmem = stat["shmem"],
      .file_mapped = stat["file_mapped"],
      .file_dirty = stat["file_dirty"],
      .file_writeback = stat["file_writeback"],
      .anon_thp = stat["anon_thp"],
      .inactive_anon = stat["inactive_anon"],
      .active_anon = stat["active_anon"],
      .inactive_file = stat["inactive_file"],
      .active_file = stat["active_file"],
      .unevictable = stat["unevictable"],
      .slab_reclaimable = stat["slab_reclaimable"],
      .slab_unreclaimable = stat["slab_unreclaimable"],
      .pgfault = stat["pgfault"],
      .pgmajfault = stat["pgmajfault"],
      .workingset_refault = both("workingset_refault", "workingset_refault_anon", "workingset_refault_file"),
      .workingset_activate =
          both("workingset_activate", "workingset_activate_anon", "workingset_activate_file"),
      .workingset_nodereclaim = stat["workingset_nodereclaim"],
      .pgrefill = stat["pgrefill"],
      .pgscan = stat["pgscan"],
      .pgsteal = stat["pgsteal"],
      .pgactivate = stat["pgactivate"],
      .pgdeactivate = stat["pgdeactivate"],
      .pglazyfree = stat["pglazyfree"],
      .pglazyfreed = stat["pglazyfreed"],
      .thp_fault_alloc = stat["thp_fault_alloc"],
      .thp_collapse_alloc = stat["thp_collapse_alloc"],
      .usage = memory.memory.usage,
      .usage_limit = memory.memory.limit,
      .swap_usage = memory.swap.usage,
      .swap_limit = memory.swap.limit,
      .max_usage = memory.memory.peak,
      .swap_max_usage = memory.swap.peak,
      .psi = Psi(memory.pressure)};
}

v2::MemoryEvents Events(const spec::MemoryStats& memory) {
  const Counters events(memory.events);
  return {.low = events["low"],
          .high = events["high"],
          .max = events["max"],
          .oom = events["oom"],
          .oom_kill = events["oom_kill"]};
}

// The statistics have an entry for each device and operation, the message has one for each device.
v2::IoStat Io(const spec::IoStats& io) {
  std::map<std::pair<uint64_t, uint64_t>, v2::IoEntry> devices;
  const auto add = [&](const spec::IoEntries& entries, uint64_t v2::IoEntry::*read,
                       uint64_t v2::IoEntry::*write) {
    for (const spec::IoEntry& entry : entries) {
      v2::IoEntry& device = devices[{entry.major, entry.minor}];
      device.major = entry.major;
      device.minor = entry.minor;
      if (entry.operation == "Read") device.*read = entry.value;
      if (entry.operation == "Write") device.*write = entry.value;
    }
  };
  add(io.service_bytes, &v2::IoEntry::rbytes, &v2::IoEntry::wbytes);
  add(io.serviced, &v2::IoEntry::rios, &v2::IoEntry::wios);
  v2::IoStat result{.psi = Psi(io.pressure)};
  for (const auto& [numbers, device] : devices) result.usage.push_back(device);
  return result;
}

std::vector<v2::RdmaEntry> Rdma(const std::vector<spec::RdmaEntry>& entries) {
  std::vector<v2::RdmaEntry> result;
  for (const spec::RdmaEntry& entry : entries)
    result.push_back({.device = entry.device, .hca_handles = entry.handles, .hca_objects = entry.objects});
  return result;
}

std::vector<v2::HugeTlbStat> Hugepages(const std::map<std::string, spec::HugepageStats>& hugepages) {
  std::vector<v2::HugeTlbStat> result;
  for (const auto& [size, pages] : hugepages)
    result.push_back({.current = pages.usage, .max = pages.limit, .pagesize = size});
  return result;
}

// In containerd's message, no limit is the largest number.
uint64_t Limit(const spec::PidsStats& pids) {
  return pids.limit == 0 ? spec::kUnlimited : pids.limit;
}

}  // namespace

// All parts are set, because readers do not check whether a part is present.
v2::Metrics MetricsV2(const spec::Stats& stats) {
  return {.pids = v2::PidsStat{.current = stats.pids.current, .limit = Limit(stats.pids)},
          .cpu = Cpu(stats.cpu),
          .memory = Memory(stats.memory),
          .rdma = v2::RdmaStat{.current = Rdma(stats.rdma_current), .limit = Rdma(stats.rdma_limit)},
          .io = Io(stats.io),
          .hugetlb = Hugepages(stats.hugepages),
          .memory_events = Events(stats.memory)};
}

}  // namespace tare::metrics
