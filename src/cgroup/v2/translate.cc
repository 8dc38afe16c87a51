#include "cgroup/v2/translate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "cgroup/limits.h"

namespace tare::cgroup::v2 {
namespace {

Status NotOnV2(absl::string_view property) {
  return InvalidError(property, ": cannot be set on cgroup v2");
}

void Add(std::vector<Write>& writes, std::string file, const absl::AlphaNum& value) {
  writes.push_back({.file = std::move(file), .value = std::string(value.Piece())});
}

std::string Bytes(int64_t value) {
  return value == -1 ? "max" : absl::StrCat(value);
}

// memory.swap of the spec, as of v1, is memory and swap together; memory.swap.max is swap alone.
StatusOr<std::string> SwapMax(const spec::MemoryResources& memory) {
  if (*memory.swap == -1) return std::string("max");
  if (!IsSet(memory.limit)) return InvalidError("memory.swap: unable to set swap limit without memory limit");
  return absl::StrCat(*memory.swap - *memory.limit);
}

Status AddSwap(const spec::MemoryResources& memory, std::vector<Write>& writes) {
  std::string value;
  if (IsSet(memory.swap)) {
    TARE_ASSIGN_OR_RETURN(value, SwapMax(memory));
  } else if (IsSet(memory.limit) && *memory.limit == -1) {
    value = "max";  // as on v1: no limit of memory, then none of memory and swap
  } else {
    return absl::OkStatus();
  }
  Add(writes, "memory.swap.max", value);
  // A machine without swap accounting has no such file: nothing is limited, and nothing swapped.
  if (value == "max" || value == "0") writes.back().missing = Missing::kIgnore;
  return absl::OkStatus();
}

Status AddMemory(const spec::MemoryResources& memory, std::vector<Write>& writes) {
  if (memory.kernel.value_or(0) > 0) return NotOnV2("memory.kernel");
  if (memory.kernel_tcp.value_or(0) > 0) return NotOnV2("memory.kernelTCP");
  if (memory.swappiness && *memory.swappiness != UINT64_MAX) return NotOnV2("memory.swappiness");
  if (memory.disable_oom_killer.value_or(false)) return NotOnV2("memory.disableOOMKiller");
  TARE_RETURN_IF_ERROR(AddSwap(memory, writes));
  if (IsSet(memory.limit)) Add(writes, "memory.max", Bytes(*memory.limit));
  if (IsSet(memory.reservation)) Add(writes, "memory.low", Bytes(*memory.reservation));
  return absl::OkStatus();
}

// "QUOTA PERIOD"; the half that is not given stays what it is.
std::string CpuMax(const spec::CpuResources& cpu, absl::string_view current) {
  std::string quota;
  if (IsSet(cpu.quota))
    quota = *cpu.quota < 0 ? "max" : absl::StrCat(*cpu.quota);
  else
    quota = std::string(current.substr(0, current.find(' ')));
  return IsSet(cpu.period) ? absl::StrCat(quota, " ", *cpu.period) : quota;
}

Status AddCpu(const spec::CpuResources& cpu, bool update, const Current& current,
              std::vector<Write>& writes) {
  if (IsSet(cpu.realtime_runtime)) return NotOnV2("cpu.realtimeRuntime");
  if (IsSet(cpu.realtime_period)) return NotOnV2("cpu.realtimePeriod");
  const bool idle = cpu.idle.value_or(0) == 1;
  if (cpu.idle && (idle || update)) Add(writes, "cpu.idle", *cpu.idle);
  // An idle group has no weight of its own: EINVAL.
  if (IsSet(cpu.shares) && !idle) Add(writes, "cpu.weight", WeightOfShares(*cpu.shares));
  if (cpu.burst && (*cpu.burst != 0 || update)) {
    Add(writes, "cpu.max.burst", *cpu.burst);
    writes.back().refused = Refused::kRetryLast;  // burst <= quota
  }
  if (IsSet(cpu.quota) || IsSet(cpu.period)) {
    Add(writes, "cpu.max", CpuMax(cpu, current.cpu_max));
    writes.back().refused = Refused::kRetryLast;
  }
  if (cpu.cpus && !cpu.cpus->empty()) Add(writes, "cpuset.cpus", *cpu.cpus);
  if (cpu.mems && !cpu.mems->empty()) Add(writes, "cpuset.mems", *cpu.mems);
  return absl::OkStatus();
}

// io.bfq.weight goes from 1 to 1000 as blkio.weight did (10 to 1000); io.weight of io.cost from 1 to 10000.
uint64_t IoWeight(uint64_t weight) {
  return 1 + (std::max<uint64_t>(weight, 10) - 10) * 9999 / 990;
}

void AddWeight(std::vector<Write>& writes, const std::string& device, uint64_t weight) {
  writes.push_back({.file = "io.bfq.weight",
                    .value = absl::StrCat(device, weight),
                    .other_file = "io.weight",
                    .other_value = absl::StrCat(device, IoWeight(weight))});
}

void AddThrottle(const std::vector<spec::ThrottleDevice>& devices, absl::string_view key,
                 std::vector<Write>& writes) {
  for (const spec::ThrottleDevice& device : devices) {
    const std::string rate = device.rate == 0 ? "max" : absl::StrCat(device.rate);  // 0 lifts it, as on v1
    Add(writes, "io.max", absl::StrCat(device.major, ":", device.minor, " ", key, "=", rate));
  }
}

Status AddBlockIo(const spec::BlockIoResources& io, std::vector<Write>& writes) {
  if (IsSet(io.leaf_weight)) return NotOnV2("blockIO.leafWeight");
  if (IsSet(io.weight)) AddWeight(writes, "", *io.weight);
  for (const spec::WeightDevice& device : io.weight_device) {
    if (IsSet(device.leaf_weight)) return NotOnV2("blockIO.weightDevice: leafWeight");
    if (IsSet(device.weight))
      AddWeight(writes, absl::StrCat(device.major, ":", device.minor, " "), *device.weight);
  }
  AddThrottle(io.throttle_read_bps, "rbps", writes);
  AddThrottle(io.throttle_write_bps, "wbps", writes);
  AddThrottle(io.throttle_read_iops, "riops", writes);
  AddThrottle(io.throttle_write_iops, "wiops", writes);
  return absl::OkStatus();
}

void AddHugepages(const std::vector<spec::HugepageLimit>& limits, std::vector<Write>& writes) {
  for (const spec::HugepageLimit& limit : limits) {
    Add(writes, absl::StrCat("hugetlb.", limit.page_size, ".max"), limit.limit);
    Add(writes, absl::StrCat("hugetlb.", limit.page_size, ".rsvd.max"), limit.limit);
  }
}

Status AddUnified(const std::map<std::string, std::string>& unified, std::vector<Write>& writes) {
  for (const auto& [file, value] : unified) {
    if (absl::StrContains(file, '/') || file.empty() || file == "." || file == "..")
      return InvalidError("unified: \"", file, "\" must be a file name");
    Add(writes, file, value);
  }
  return absl::OkStatus();
}

}  // namespace

bool NeedsCpuMax(const spec::Resources& resources) {
  return IsSet(resources.cpu.period) && !IsSet(resources.cpu.quota);
}

// Quadratic in the logarithm, so that the ends and the default of both ranges meet (runc 1.3.2, crun 1.23):
// with the straight line of before, a container with the default shares got 39 of 100.
uint64_t WeightOfShares(uint64_t shares) {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  const double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
  constexpr double kRounding = 1e-9;  // 1024 is 100 exactly, whatever the library's last bit
  return static_cast<uint64_t>(std::ceil(std::pow(10, exponent) - kRounding));
}

StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update,
                                       const Current& current) {
  TARE_RETURN_IF_ERROR(CheckLimits(resources));
  if (IsSet(resources.network.class_id)) return NotOnV2("network.classID");
  if (!resources.network.priorities.empty()) return NotOnV2("network.priorities");
  std::vector<Write> writes;
  TARE_RETURN_IF_ERROR(AddMemory(resources.memory, writes));
  TARE_RETURN_IF_ERROR(AddCpu(resources.cpu, update, current, writes));
  TARE_RETURN_IF_ERROR(AddBlockIo(resources.block_io, writes));
  AddHugepages(resources.hugepage_limits, writes);
  // 0 becomes 1 as in runc, whose systemd driver cannot say 0; and clone3 into a cgroup of 0 would fail.
  if (const auto& pids = resources.pids_limit)
    Add(writes, "pids.max", *pids < 0 ? "max" : absl::StrCat(*pids == 0 ? 1 : *pids));
  for (const auto& [device, limit] : resources.rdma) Add(writes, "rdma.max", RdmaLine(device, limit));
  TARE_RETURN_IF_ERROR(AddUnified(resources.unified, writes));
  return writes;
}

}  // namespace tare::cgroup::v2
