#include "stats/v2.h"

#include "stats/files.h"
#include "stats/parse.h"

namespace tare::stats::v2 {
namespace {

constexpr uint64_t kNanoseconds = 1000;  // in a microsecond, the unit of cpu.stat

spec::CpuStats Cpu(StatsFiles& files) {
  std::map<std::string, uint64_t> stat = ParseFlat(files.Text("cpu.stat"));
  return {.total = stat["usage_usec"] * kNanoseconds,
          .kernel = stat["system_usec"] * kNanoseconds,
          .user = stat["user_usec"] * kNanoseconds,
          .periods = stat["nr_periods"],
          .throttled_periods = stat["nr_throttled"],
          .throttled_time = stat["throttled_usec"] * kNanoseconds,
          .bursts = stat["nr_bursts"],
          .burst_time = stat["burst_usec"] * kNanoseconds,
          .pressure = ParsePressure(files.Text("cpu.pressure"))};
}

spec::MemoryUse Use(StatsFiles& files, const std::string& prefix) {
  return {.usage = files.Number(prefix + ".current"),
          .peak = files.Number(prefix + ".peak"),  // Linux 5.19, swap: 6.5
          .limit = files.Number(prefix + ".max")};
}

// v1 counts memory and swap together, and so do the readers of these statistics.
spec::MemoryUse Together(const spec::MemoryUse& memory, const spec::MemoryUse& swap) {
  const bool unlimited = swap.limit == spec::kUnlimited || memory.limit == spec::kUnlimited;
  return {.usage = memory.usage + swap.usage,
          .limit = unlimited ? spec::kUnlimited : memory.limit + swap.limit};
}

spec::MemoryStats Memory(StatsFiles& files) {
  spec::MemoryStats memory{.memory = Use(files, "memory"),
                           .swap = Use(files, "memory.swap"),
                           .raw = ParseFlat(files.Text("memory.stat")),
                           .events = ParseFlat(files.Text("memory.events")),
                           .pressure = ParsePressure(files.Text("memory.pressure"))};
  if (const auto file = memory.raw.find("file"); file != memory.raw.end()) memory.cache = file->second;
  memory.memory_and_swap = Together(memory.memory, memory.swap);
  return memory;
}

spec::IoStats Io(StatsFiles& files) {
  const std::string text = files.Text("io.stat");
  return {
      .service_bytes = ParseIoStat(text, {{"rbytes", "Read"}, {"wbytes", "Write"}, {"dbytes", "Discard"}}),
      .serviced = ParseIoStat(text, {{"rios", "Read"}, {"wios", "Write"}, {"dios", "Discard"}}),
      .pressure = ParsePressure(files.Text("io.pressure"))};
}

std::map<std::string, spec::HugepageStats> Hugepages(StatsFiles& files) {
  std::map<std::string, spec::HugepageStats> hugepages;
  for (const std::string& size : HugepageSizes()) {
    const std::string prefix = "hugetlb." + size;
    const std::string events = files.Text(prefix + ".events");
    if (events.empty()) continue;  // the controller is missing
    hugepages[size] = {.usage = files.Number(prefix + ".current"),
                       .limit = files.Number(prefix + ".max"),
                       .failures = ParseFlat(events)["max"]};
  }
  return hugepages;
}

}  // namespace

StatusOr<spec::Stats> ReadStats(const std::string& path) {
  Status error;
  StatsFiles files(path, error);
  spec::Stats stats{.cpu = Cpu(files),
                    .memory = Memory(files),
                    .pids = files.Pids(),
                    .io = Io(files),
                    .hugepages = Hugepages(files),
                    .rdma_current = ParseRdma(files.Text("rdma.current")),
                    .rdma_limit = ParseRdma(files.Text("rdma.max"))};
  TARE_RETURN_IF_ERROR(std::move(error));
  return stats;
}

}  // namespace tare::stats::v2
