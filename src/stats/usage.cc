#include "stats/usage.h"

#include <utility>

#include "stats/files.h"
#include "stats/parse.h"

namespace tare::stats {
namespace {

// v1 has no word for "no limit", but the largest number of pages.
constexpr uint64_t kHighestLimit = uint64_t{1} << 62;

uint64_t Limit(uint64_t limit) {
  return limit >= kHighestLimit ? 0 : limit;
}

uint64_t Sum(const spec::IoEntries& entries, absl::string_view operation) {
  uint64_t sum = 0;
  for (const spec::IoEntry& entry : entries)
    if (entry.operation == operation) sum += entry.value;
  return sum;
}

void AddPids(StatsFiles&& files, Usage& usage) {
  const spec::PidsStats pids = files.Pids();
  usage.pids = pids.current;
  usage.pids_limit = pids.limit;
}

void AddIo(const spec::IoEntries& entries, Usage& usage) {
  usage.io_read = Sum(entries, "Read");
  usage.io_written = Sum(entries, "Write");
}

Usage ReadV2(StatsFiles&& files) {
  Usage usage{.cpu = ParseFlat(files.Text("cpu.stat"))["usage_usec"] * 1000,
              .memory = files.Number("memory.current"),
              .memory_limit = Limit(files.Number("memory.max"))};
  AddIo(ParseIoStat(files.Text("io.stat"), {{"rbytes", "Read"}, {"wbytes", "Write"}}), usage);
  AddPids(std::move(files), usage);
  return usage;
}

Usage ReadV1(const cgroup::Paths& paths, Status& error) {
  const auto of = [&](const char* controller) {
    const auto found = paths.find(controller);
    return StatsFiles(found == paths.end() ? std::string() : found->second, error);
  };
  StatsFiles memory = of("memory");
  Usage usage{.cpu = of("cpuacct").Number("cpuacct.usage"),
              .memory = memory.Number("memory.usage_in_bytes"),
              .memory_limit = Limit(memory.Number("memory.limit_in_bytes"))};
  AddPids(of("pids"), usage);
  AddIo(ParseBlkio(of("blkio").Text("blkio.throttle.io_service_bytes_recursive")), usage);
  return usage;
}

}  // namespace

Usage ReadUsage(const cgroup::Paths& paths) {
  Status error;  // what cannot be read is not shown
  const auto unified = paths.find("");
  if (paths.size() == 1 && unified != paths.end()) return ReadV2(StatsFiles(unified->second, error));
  return paths.empty() ? Usage() : ReadV1(paths, error);
}

}  // namespace tare::stats
