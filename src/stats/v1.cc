#include "stats/v1.h"

#include <unistd.h>

#include "stats/files.h"
#include "stats/parse.h"

namespace tare::stats::v1 {
namespace {

// Nanoseconds in a clock tick, the unit of cpuacct.stat.
uint64_t Tick() {
  return 1'000'000'000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
}

spec::CpuStats Cpu(StatsFiles cpu, StatsFiles cpuacct) {
  std::map<std::string, uint64_t> throttling = ParseFlat(cpu.Text("cpu.stat"));
  std::map<std::string, uint64_t> modes = ParseFlat(cpuacct.Text("cpuacct.stat"));
  const std::string all = cpuacct.Text("cpuacct.usage_all");
  return {.total = cpuacct.Number("cpuacct.usage"),
          .kernel = modes["system"] * Tick(),
          .user = modes["user"] * Tick(),
          .per_cpu = ParseNumbers(cpuacct.Text("cpuacct.usage_percpu")),
          .per_cpu_kernel = ParseColumn(all, "system"),
          .per_cpu_user = ParseColumn(all, "user"),
          .periods = throttling["nr_periods"],
          .throttled_periods = throttling["nr_throttled"],
          .throttled_time = throttling["throttled_time"],
          .bursts = throttling["nr_bursts"],
          .burst_time = throttling["burst_time"]};
}

spec::CpusetStats Cpuset(StatsFiles files) {
  spec::CpusetStats cpuset{.cpus = ParseList(files.Text("cpuset.cpus")),
                           .mems = ParseList(files.Text("cpuset.mems"))};
  for (const char* flag :
       {"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
        "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level"}) {
    const std::string text = files.Text(std::string("cpuset.") + flag);
    cpuset.flags[flag] = text == "-1" ? -1 : static_cast<int64_t>(ParseNumber(text));
  }
  return cpuset;
}

spec::MemoryUse Use(StatsFiles& files, const std::string& prefix) {
  return {.usage = files.Number(prefix + "usage_in_bytes"),
          .peak = files.Number(prefix + "max_usage_in_bytes"),
          .limit = files.Number(prefix + "limit_in_bytes"),
          .failures = files.Number(prefix + "failcnt")};
}

spec::MemoryStats Memory(StatsFiles files) {
  spec::MemoryStats memory{.memory = Use(files, "memory."),
                           .memory_and_swap = Use(files, "memory.memsw."),
                           .kernel = Use(files, "memory.kmem."),
                           .kernel_tcp = Use(files, "memory.kmem.tcp."),
                           .raw = ParseFlat(files.Text("memory.stat")),
                           .events = ParseFlat(files.Text("memory.oom_control"))};
  if (const auto cache = memory.raw.find("cache"); cache != memory.raw.end()) memory.cache = cache->second;
  return memory;
}

// The counters of BFQ if it is in use, otherwise those of throttling.
spec::IoEntries Counted(StatsFiles& files, const std::string& name) {
  spec::IoEntries entries = ParseBlkio(files.Text("blkio.bfq." + name));
  return entries.empty() ? ParseBlkio(files.Text("blkio.throttle." + name)) : entries;
}

spec::IoStats Io(StatsFiles files) {
  return {.service_bytes = Counted(files, "io_service_bytes_recursive"),
          .serviced = Counted(files, "io_serviced_recursive"),
          .queued = Counted(files, "io_queued_recursive"),
          .service_time = Counted(files, "io_service_time_recursive"),
          .wait_time = Counted(files, "io_wait_time_recursive"),
          .merged = Counted(files, "io_merged_recursive"),
          .time = Counted(files, "time_recursive"),
          .sectors = Counted(files, "sectors_recursive")};
}

std::map<std::string, spec::HugepageStats> Hugepages(StatsFiles files) {
  std::map<std::string, spec::HugepageStats> hugepages;
  for (const std::string& size : HugepageSizes()) {
    const std::string prefix = "hugetlb." + size;
    if (files.Text(prefix + ".usage_in_bytes").empty()) continue;  // the controller is missing
    const spec::MemoryUse use = Use(files, prefix + ".");
    hugepages[size] = {.usage = use.usage, .peak = use.peak, .limit = use.limit, .failures = use.failures};
  }
  return hugepages;
}

}  // namespace

StatusOr<spec::Stats> ReadStats(const cgroup::Paths& paths) {
  Status error;
  // If a controller is missing, none of its files can be read.
  const auto of = [&paths, &error](const char* controller) {
    const auto found = paths.find(controller);
    return StatsFiles(found == paths.end() ? std::string() : found->second, error);
  };
  StatsFiles rdma = of("rdma");
  spec::Stats stats{.cpu = Cpu(of("cpu"), of("cpuacct")),
                    .cpuset = Cpuset(of("cpuset")),
                    .memory = Memory(of("memory")),
                    .pids = of("pids").Pids(),
                    .io = Io(of("blkio")),
                    .hugepages = Hugepages(of("hugetlb")),
                    .rdma_current = ParseRdma(rdma.Text("rdma.current")),
                    .rdma_limit = ParseRdma(rdma.Text("rdma.max"))};
  TARE_RETURN_IF_ERROR(std::move(error));
  return stats;
}

}  // namespace tare::stats::v1
