#include "cgroup/v2/translate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "cgroup/limits.h"

namespace tare::cgroup::v2 {
namespace {

// Properties that cannot be converted are an error (config-linux.md, "cgroup v2 conversion").
Status CheckConvertible(const spec::Resources& resources) {
  const spec::MemoryResources& memory = resources.memory;
  const auto has_leaf_weight = [](const spec::WeightDevice& device) { return IsSet(device.leaf_weight); };
  const std::pair<bool, const char*> table[] = {
      {memory.kernel.value_or(0) > 0, "memory.kernel"},
      {memory.kernel_tcp.value_or(0) > 0, "memory.kernelTCP"},
      // Engines write UINT64_MAX, which is -1, if the value is not to be changed.
      {memory.swappiness && *memory.swappiness != UINT64_MAX, "memory.swappiness"},
      {memory.disable_oom_killer.value_or(false), "memory.disableOOMKiller"},
      {IsSet(resources.cpu.realtime_runtime), "cpu.realtimeRuntime"},
      {IsSet(resources.cpu.realtime_period), "cpu.realtimePeriod"},
      {IsSet(resources.block_io.leaf_weight), "blockIO.leafWeight"},
      {std::ranges::any_of(resources.block_io.weight_device, has_leaf_weight),
       "blockIO.weightDevice: leafWeight"},
      {IsSet(resources.network.class_id), "network.classID"},
      {!resources.network.priorities.empty(), "network.priorities"},
  };
  for (const auto& [is_set, property] : table)
    if (is_set) return InvalidError(property, ": cannot be set on cgroup v2");
  if (memory.swap.value_or(0) > 0 && !IsSet(memory.limit))
    return InvalidError("memory.swap: unable to set swap limit without memory limit");
  for (const auto& [file, value] : resources.unified) {
    if (absl::StrContains(file, '/') || file.empty() || file == "." || file == "..")
      return InvalidError("unified: \"", file, "\" must be a file name");
  }
  return absl::OkStatus();
}

std::string Bytes(int64_t value) {
  return value == -1 ? "max" : absl::StrCat(value);
}

class Translation {
 public:
  Translation(const spec::Resources& resources, bool update, const Current& current)
      : resources_(resources), update_(update), current_(current) {}

  std::vector<Write> Run() && {
    Memory();
    Cpu();
    Cpuset();
    BlockIo();
    for (const spec::HugepageLimit& limit : resources_.hugepage_limits) Hugepages(limit);
    if (const auto& limit = resources_.pids_limit) Add("pids.max", PidsMax(*limit));
    for (const auto& [device, limit] : resources_.rdma) Add("rdma.max", RdmaLine(device, limit));
    for (const auto& [file, value] : resources_.unified)
      for (const std::string& line : UnifiedLines(value)) Add(file, line);
    return std::move(writes_);
  }

 private:
  Write& Add(std::string file, const absl::AlphaNum& value) {
    writes_.push_back({.file = std::move(file), .value = std::string(value.Piece())});
    return writes_.back();
  }

  // memory.swap of the spec is memory and swap together, as on v1; memory.swap.max is only swap. Without a
  // limit of memory, neither is limited.
  void Swap() {
    const spec::MemoryResources& memory = resources_.memory;
    const bool lift = IsSet(memory.limit) && *memory.limit == -1;
    if (!IsSet(memory.swap) && !lift) return;
    const bool unlimited = lift || *memory.swap == -1;
    Write& swap = Add("memory.swap.max", unlimited ? "max" : absl::StrCat(*memory.swap - *memory.limit));
    swap.why_missing = "the kernel does not account for swap (see the kernel parameter swapaccount)";
    // Then there is nothing to limit, or nothing can be swapped.
    if (unlimited || swap.value == "0") swap.missing = Missing::kIgnore;
  }

  void Memory() {
    Swap();
    const spec::MemoryResources& memory = resources_.memory;
    if (IsSet(memory.limit)) Add("memory.max", Bytes(*memory.limit));
    if (IsSet(memory.reservation)) Add("memory.low", Bytes(*memory.reservation));
  }

  // "QUOTA PERIOD". If one of them is not given, it is left unchanged.
  std::string CpuMax() const {
    const spec::CpuResources& cpu = resources_.cpu;
    std::string quota = current_.cpu_max.substr(0, current_.cpu_max.find(' '));
    if (IsSet(cpu.quota)) quota = *cpu.quota < 0 ? "max" : absl::StrCat(*cpu.quota);
    return IsSet(cpu.period) ? absl::StrCat(quota, " ", *cpu.period) : quota;
  }

  void Cpu() {
    const spec::CpuResources& cpu = resources_.cpu;
    const bool idle = cpu.idle.value_or(0) == 1;
    if (cpu.idle && (*cpu.idle != 0 || update_)) Add("cpu.idle", *cpu.idle);
    // An idle group has no weight of its own; writing one fails with EINVAL.
    if (IsSet(cpu.shares) && !idle) Add("cpu.weight", WeightOfShares(*cpu.shares));
    // The kernel requires burst <= quota.
    if (cpu.burst && (*cpu.burst != 0 || update_))
      Add("cpu.max.burst", *cpu.burst).refused = Refused::kRetryLast;
    if (IsSet(cpu.quota) || IsSet(cpu.period)) Add("cpu.max", CpuMax()).refused = Refused::kRetryLast;
  }

  void Cpuset() {
    const spec::CpuResources& cpu = resources_.cpu;
    if (cpu.cpus && !cpu.cpus->empty()) Add("cpuset.cpus", *cpu.cpus);
    if (cpu.mems && !cpu.mems->empty()) Add("cpuset.mems", *cpu.mems);
  }

  void Weight(const std::string& device, uint64_t weight) {
    Write& write = Add("io.bfq.weight", absl::StrCat(device, weight));
    write.other_file = "io.weight";
    write.other_value = absl::StrCat(device, IoWeight(weight));
    write.why_missing = "weights require BFQ or io.cost, and this kernel has neither";
  }

  // The kernel sets every disk to the new default (bfq_io_set_weight_legacy). Disks that had a weight of
  // their own get it back.
  void KeepDiskWeights() {
    for (absl::string_view line : absl::StrSplit(current_.bfq_weight, '\n', absl::SkipEmpty()))
      if (!absl::StartsWith(line, "default")) Add("io.bfq.weight", line);
  }

  void Throttle(const char* key, const std::vector<spec::ThrottleDevice>& devices) {
    for (const spec::ThrottleDevice& device : devices) {
      const std::string rate = device.rate == 0 ? "max" : absl::StrCat(device.rate);  // 0: no limit, as on v1
      Add("io.max", absl::StrCat(device.major, ":", device.minor, " ", key, "=", rate));
    }
  }

  void BlockIo() {
    const spec::BlockIoResources& io = resources_.block_io;
    if (IsSet(io.weight)) {
      Weight("", *io.weight);
      KeepDiskWeights();
    }
    for (const spec::WeightDevice& device : io.weight_device)
      if (IsSet(device.weight)) Weight(absl::StrCat(device.major, ":", device.minor, " "), *device.weight);
    Throttle("rbps", io.throttle_read_bps);
    Throttle("wbps", io.throttle_write_bps);
    Throttle("riops", io.throttle_read_iops);
    Throttle("wiops", io.throttle_write_iops);
  }

  void Hugepages(const spec::HugepageLimit& limit) {
    const std::string why_missing = absl::StrCat("this machine has no huge pages of ", limit.page_size);
    Add(absl::StrCat("hugetlb.", limit.page_size, ".max"), limit.limit).why_missing = why_missing;
    Add(absl::StrCat("hugetlb.", limit.page_size, ".rsvd.max"), limit.limit);
  }

  const spec::Resources& resources_;
  const bool update_;
  const Current& current_;
  std::vector<Write> writes_;
};

}  // namespace

bool NeedsCpuMax(const spec::Resources& resources) {
  return IsSet(resources.cpu.period) && !IsSet(resources.cpu.quota);
}

// Quadratic in the logarithm, so that the ends and the defaults of both ranges match (as in runc 1.3.2 and
// crun 1.23). With the earlier linear formula, a container with the default shares got 39 instead of 100.
uint64_t WeightOfShares(uint64_t shares) {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  const double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
  constexpr double kRounding = 1e-9;  // so that 1024 becomes exactly 100, however the library rounds
  return static_cast<uint64_t>(std::ceil(std::pow(10, exponent) - kRounding));
}

uint64_t IoWeight(uint64_t weight) {
  return 1 + (std::max<uint64_t>(weight, 10) - 10) * 9999 / 990;
}

Status Check(const spec::Resources& resources) {
  TARE_RETURN_IF_ERROR(CheckLimits(resources));
  return CheckConvertible(resources);
}

StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update,
                                       const Current& current) {
  TARE_RETURN_IF_ERROR(Check(resources));
  return Translation(resources, update, current).Run();
}

}  // namespace tare::cgroup::v2
