#include "cgroup/v1/translate.h"

#include "base/log.h"
#include "cgroup/limits.h"

namespace tare::cgroup::v1 {
namespace {

void Add(std::vector<Write>& writes, std::string file, const absl::AlphaNum& value) {
  writes.push_back({.file = std::move(file), .value = std::string(value.Piece())});
}

void AddRetried(std::vector<Write>& writes, std::string file, const absl::AlphaNum& value) {
  Add(writes, std::move(file), value);
  writes.back().refused = Refused::kRetryLast;
}

void AddMemoryLimits(const spec::MemoryResources& memory, std::vector<Write>& writes) {
  if (IsSet(memory.limit)) AddRetried(writes, "memory.limit_in_bytes", *memory.limit);
  if (IsSet(memory.swap)) {
    AddRetried(writes, "memory.memsw.limit_in_bytes", *memory.swap);
    if (*memory.swap == -1) writes.back().missing = Missing::kIgnore;
  } else if (IsSet(memory.limit) && *memory.limit == -1) {
    // No limit of memory means none of memory and swap together: else an old one would stay in force.
    AddRetried(writes, "memory.memsw.limit_in_bytes", -1);
    writes.back().missing = Missing::kIgnore;  // without swap accounting
  }
}

void AddMemory(const spec::MemoryResources& memory, bool update, std::vector<Write>& writes) {
  AddMemoryLimits(memory, writes);
  if (IsSet(memory.reservation)) Add(writes, "memory.soft_limit_in_bytes", *memory.reservation);
  if (IsSet(memory.kernel)) log::Warning("memory.kernel is ignored: Linux has no such limit since 5.16");
  if (IsSet(memory.kernel_tcp)) Add(writes, "memory.kmem.tcp.limit_in_bytes", *memory.kernel_tcp);
  if (memory.disable_oom_killer && (*memory.disable_oom_killer || update))
    Add(writes, "memory.oom_control", *memory.disable_oom_killer ? 1 : 0);
  // UINT64_MAX is -1 of an engine that means "leave it".
  if (memory.swappiness && *memory.swappiness != UINT64_MAX)
    Add(writes, "memory.swappiness", *memory.swappiness);
  // useHierarchy: always so since 5.11.
}

void AddCpu(const spec::CpuResources& cpu, bool update, std::vector<Write>& writes) {
  const bool idle = cpu.idle.value_or(0) == 1;
  if (cpu.idle && (idle || update)) Add(writes, "cpu.idle", *cpu.idle);
  // An idle group has no shares of its own: EINVAL.
  if (IsSet(cpu.shares) && !idle) Add(writes, "cpu.shares", *cpu.shares);
  // burst <= quota, and quota / period within the parent's.
  if (cpu.burst && (*cpu.burst != 0 || update)) AddRetried(writes, "cpu.cfs_burst_us", *cpu.burst);
  if (IsSet(cpu.period)) AddRetried(writes, "cpu.cfs_period_us", *cpu.period);
  if (IsSet(cpu.quota)) AddRetried(writes, "cpu.cfs_quota_us", *cpu.quota);
  if (IsSet(cpu.realtime_period)) AddRetried(writes, "cpu.rt_period_us", *cpu.realtime_period);
  if (IsSet(cpu.realtime_runtime)) AddRetried(writes, "cpu.rt_runtime_us", *cpu.realtime_runtime);
  if (cpu.cpus && !cpu.cpus->empty()) Add(writes, "cpuset.cpus", *cpu.cpus);
  if (cpu.mems && !cpu.mems->empty()) Add(writes, "cpuset.mems", *cpu.mems);
}

// Since CFQ is gone (Linux 5.0) only BFQ has weights; its files have its name in theirs, and no leaf weight.
void AddWeight(std::vector<Write>& writes, const char* suffix, std::string value) {
  writes.push_back({.file = absl::StrCat("blkio.", suffix),
                    .value = value,
                    .other_file = absl::StrCat("blkio.bfq.", suffix),
                    .other_value = value});
}

void AddThrottle(const std::vector<spec::ThrottleDevice>& devices, const char* what,
                 std::vector<Write>& writes) {
  for (const spec::ThrottleDevice& device : devices)
    Add(writes, absl::StrCat("blkio.throttle.", what, "_device"),
        absl::StrCat(device.major, ":", device.minor, " ", device.rate));
}

void AddBlockIo(const spec::BlockIoResources& io, std::vector<Write>& writes) {
  if (IsSet(io.weight)) AddWeight(writes, "weight", absl::StrCat(*io.weight));
  if (IsSet(io.leaf_weight)) Add(writes, "blkio.leaf_weight", *io.leaf_weight);
  for (const spec::WeightDevice& device : io.weight_device) {
    const std::string number = absl::StrCat(device.major, ":", device.minor, " ");
    if (IsSet(device.weight)) AddWeight(writes, "weight_device", absl::StrCat(number, *device.weight));
    if (IsSet(device.leaf_weight))
      Add(writes, "blkio.leaf_weight_device", absl::StrCat(number, *device.leaf_weight));
  }
  AddThrottle(io.throttle_read_bps, "read_bps", writes);
  AddThrottle(io.throttle_write_bps, "write_bps", writes);
  AddThrottle(io.throttle_read_iops, "read_iops", writes);
  AddThrottle(io.throttle_write_iops, "write_iops", writes);
}

void AddHugepages(const std::vector<spec::HugepageLimit>& limits, std::vector<Write>& writes) {
  for (const spec::HugepageLimit& limit : limits) {
    Add(writes, absl::StrCat("hugetlb.", limit.page_size, ".limit_in_bytes"), limit.limit);
    Add(writes, absl::StrCat("hugetlb.", limit.page_size, ".rsvd.limit_in_bytes"), limit.limit);
  }
}

}  // namespace

StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update) {
  TARE_RETURN_IF_ERROR(CheckLimits(resources));
  if (!resources.unified.empty())
    return InvalidError("unified: \"", resources.unified.begin()->first,
                        "\" cannot be set: this machine has cgroup v1 hierarchies");
  std::vector<Write> writes;
  AddMemory(resources.memory, update, writes);
  AddCpu(resources.cpu, update, writes);
  AddBlockIo(resources.block_io, writes);
  AddHugepages(resources.hugepage_limits, writes);
  if (IsSet(resources.network.class_id)) Add(writes, "net_cls.classid", *resources.network.class_id);
  for (const spec::InterfacePriority& priority : resources.network.priorities)
    Add(writes, "net_prio.ifpriomap", absl::StrCat(priority.name, " ", priority.priority));
  // 0 becomes 1 as in runc, whose systemd driver cannot say 0: with init in it, nothing can be forked either
  // way.
  if (const auto& pids = resources.pids_limit)
    Add(writes, "pids.max", *pids < 0 ? "max" : absl::StrCat(*pids == 0 ? 1 : *pids));
  for (const auto& [device, limit] : resources.rdma) Add(writes, "rdma.max", RdmaLine(device, limit));
  return writes;
}

}  // namespace tare::cgroup::v1
