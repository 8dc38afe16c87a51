#include "messages/metrics_v1.h"
#include "metrics/counters.h"
#include "metrics/metrics.h"

namespace tare::metrics {
namespace {

namespace v1 = messages::metrics_v1;

v1::CpuStat Cpu(const spec::CpuStats& cpu) {
  return {
      .usage =
          v1::CpuUsage{.total = cpu.total, .kernel = cpu.kernel, .user = cpu.user, .per_cpu = cpu.per_cpu},
      .throttling = v1::Throttle{.periods = cpu.periods,
                                 .throttled_periods = cpu.throttled_periods,
                                 .throttled_time = cpu.throttled_time}};
}

v1::MemoryEntry Entry(const spec::MemoryUse& use) {
  return {.limit = use.limit, .usage = use.usage, .max = use.peak, .failcnt = use.failures};
}

v1::MemoryStat Memory(const spec::MemoryStats& memory) {
  const Counters stat(memory.raw);
  return {.cache = stat["cache"],
          .rss = stat["rss"],
          .rss_huge = stat["rss_huge"],
          .mapped_file = stat["mapped_file"],
          .dirty = stat["dirty"],
          .writeback = stat["writeback"],
          .pg_pg_in = stat["pgpgin"],
          .pg_pg_out = stat["pgpgout"],
          .pg_fault = stat["pgfault"],
          .pg_maj_fault = stat["pgmajfault"],
          .inactive_anon = stat["inactive_anon"],
          .active_anon = stat["active_anon"],
          .inactive_file = stat["inactive_file"],
          .active_file = stat["active_file"],
          .unevictable = stat["unevictable"],
          .hierarchical_memory_limit = stat["hierarchical_memory_limit"],
          .hierarchical_swap_limit = stat["hierarchical_memsw_limit"],
          .total_cache = stat["total_cache"],
          .total_rss = stat["total_rss"],
          .total_rss_huge = stat["total_rss_huge"],
          .total_mapped_file = stat["total_mapped_file"],
          .total_dirty = stat["total_dirty"],
          .total_writeback = stat["total_writeback"],
          .total_pg_pg_in = stat["total_pgpgin"],
          .total_pg_pg_out = stat["total_pgpgout"],
          .total_pg_fault = stat["total_pgfault"],
          .total_pg_maj_fault = stat["total_pgmajfault"],
          .total_inactive_anon = stat["total_inactive_anon"],
          .total_active_anon = stat["total_active_anon"],
          .total_inactive_file = stat["total_inactive_file"],
          .total_active_file = stat["total_active_file"],
          .total_unevictable = stat["total_unevictable"],
          .usage = Entry(memory.memory),
          .swap = Entry(memory.memory_and_swap),
          .kernel = Entry(memory.kernel),
          .kernel_tcp = Entry(memory.kernel_tcp)};
}

v1::MemoryOomControl OomControl(const spec::MemoryStats& memory) {
  const Counters control(memory.events);
  return {.oom_kill_disable = control["oom_kill_disable"],
          .under_oom = control["under_oom"],
          .oom_kill = control["oom_kill"]};
}

v1::BlkIoEntries Entries(const spec::IoEntries& entries, const DeviceNames& devices) {
  v1::BlkIoEntries result;
  for (const spec::IoEntry& entry : entries) {
    const auto name = devices.find({entry.major, entry.minor});
    result.push_back({.op = entry.operation,
                      .device = name == devices.end() ? "" : name->second,
                      .major = entry.major,
                      .minor = entry.minor,
                      .value = entry.value});
  }
  return result;
}

v1::BlkIoStat Io(const spec::IoStats& io, const DeviceNames& devices) {
  return {.service_bytes = Entries(io.service_bytes, devices),
          .serviced = Entries(io.serviced, devices),
          .queued = Entries(io.queued, devices),
          .service_time = Entries(io.service_time, devices),
          .wait_time = Entries(io.wait_time, devices),
          .merged = Entries(io.merged, devices),
          .time = Entries(io.time, devices),
          .sectors = Entries(io.sectors, devices)};
}

std::vector<v1::RdmaEntry> Rdma(const std::vector<spec::RdmaEntry>& entries) {
  std::vector<v1::RdmaEntry> result;
  for (const spec::RdmaEntry& entry : entries)
    result.push_back({.device = entry.device, .hca_handles = entry.handles, .hca_objects = entry.objects});
  return result;
}

std::vector<v1::HugetlbStat> Hugepages(const std::map<std::string, spec::HugepageStats>& hugepages) {
  std::vector<v1::HugetlbStat> result;
  for (const auto& [size, pages] : hugepages)
    result.push_back({.usage = pages.usage, .max = pages.peak, .failcnt = pages.failures, .pagesize = size});
  return result;
}

}  // namespace

// All parts are set, because readers do not check whether a part is present.
v1::Metrics MetricsV1(const spec::Stats& stats, const HostFacts& host) {
  return {.hugetlb = Hugepages(stats.hugepages),
          .pids = v1::PidsStat{.current = stats.pids.current, .limit = stats.pids.limit},
          .cpu = Cpu(stats.cpu),
          .memory = Memory(stats.memory),
          .blkio = Io(stats.io, host.devices),
          .rdma = v1::RdmaStat{.current = Rdma(stats.rdma_current), .limit = Rdma(stats.rdma_limit)},
          .network = host.interfaces,
          .memory_oom_control = OomControl(stats.memory)};
}

}  // namespace tare::metrics
