#include "cgroup/v1/translate.h"

#include "base/log.h"
#include "cgroup/limits.h"

namespace tare::cgroup::v1 {
namespace {

class Translation {
 public:
  Translation(const spec::Resources& resources, bool update) : resources_(resources), update_(update) {}

  std::vector<Write> Run() && {
    Memory();
    Cpu();
    Cpuset();
    BlockIo();
    Hugepages();
    Network();
    Pids();
    for (const auto& [device, limit] : resources_.rdma) Add("rdma.max", RdmaLine(device, limit));
    return std::move(writes_);
  }

 private:
  Write& Add(std::string file, const absl::AlphaNum& value) {
    writes_.push_back({.file = std::move(file), .value = std::string(value.Piece())});
    return writes_.back();
  }

  void MemoryAndSwap() {
    const spec::MemoryResources& memory = resources_.memory;
    if (IsSet(memory.limit)) Add("memory.limit_in_bytes", *memory.limit).refused = Refused::kRetryLast;
    // Without a limit of memory there is none of memory and swap together; an old one would remain in force.
    const bool lift = IsSet(memory.limit) && *memory.limit == -1 && !IsSet(memory.swap);
    if (!IsSet(memory.swap) && !lift) return;
    Write& swap = Add("memory.memsw.limit_in_bytes", lift ? -1 : *memory.swap);
    swap.refused = Refused::kRetryLast;
    swap.why_missing = "the kernel does not account for swap (see the kernel parameter swapaccount)";
    if (swap.value == "-1") swap.missing = Missing::kIgnore;
  }

  void Memory() {
    MemoryAndSwap();
    const spec::MemoryResources& memory = resources_.memory;
    if (IsSet(memory.reservation)) Add("memory.soft_limit_in_bytes", *memory.reservation);
    if (IsSet(memory.kernel)) log::Warning("memory.kernel is ignored: Linux 5.16 removed this limit");
    if (IsSet(memory.kernel_tcp)) Add("memory.kmem.tcp.limit_in_bytes", *memory.kernel_tcp);
    if (memory.disable_oom_killer && (*memory.disable_oom_killer || update_))
      Add("memory.oom_control", *memory.disable_oom_killer ? 1 : 0);
    // Engines write UINT64_MAX, which is -1, if the value is not to be changed.
    if (memory.swappiness && *memory.swappiness != UINT64_MAX) Add("memory.swappiness", *memory.swappiness);
    // useHierarchy is always in force since Linux 5.11.
  }

  void Cpu() {
    const spec::CpuResources& cpu = resources_.cpu;
    const bool idle = cpu.idle.value_or(0) == 1;
    if (cpu.idle && (*cpu.idle != 0 || update_)) Add("cpu.idle", *cpu.idle);
    // An idle group has no shares of its own; writing them fails with EINVAL.
    if (IsSet(cpu.shares) && !idle) Add("cpu.shares", *cpu.shares);
    // The kernel requires burst <= quota, and quota / period within that of the parent.
    const auto retried = Refused::kRetryLast;
    if (cpu.burst && (*cpu.burst != 0 || update_)) Add("cpu.cfs_burst_us", *cpu.burst).refused = retried;
    if (IsSet(cpu.period)) Add("cpu.cfs_period_us", *cpu.period).refused = retried;
    if (IsSet(cpu.quota)) Add("cpu.cfs_quota_us", *cpu.quota).refused = retried;
    if (IsSet(cpu.realtime_period)) Add("cpu.rt_period_us", *cpu.realtime_period).refused = retried;
    if (IsSet(cpu.realtime_runtime)) Add("cpu.rt_runtime_us", *cpu.realtime_runtime).refused = retried;
  }

  void Cpuset() {
    const spec::CpuResources& cpu = resources_.cpu;
    if (cpu.cpus && !cpu.cpus->empty()) Add("cpuset.cpus", *cpu.cpus);
    if (cpu.mems && !cpu.mems->empty()) Add("cpuset.mems", *cpu.mems);
  }

  // Since CFQ was removed (Linux 5.0), only BFQ has weights. Its files have its name in theirs, and there is
  // no leaf weight.
  void Weight(const char* suffix, const absl::AlphaNum& value) {
    Write& write = Add(absl::StrCat("blkio.", suffix), value);
    write.other_file = absl::StrCat("blkio.bfq.", suffix);
    write.other_value = write.value;
    write.why_missing = "weights require the BFQ scheduler, which this kernel does not have";
  }

  void Throttle(const char* what, const std::vector<spec::ThrottleDevice>& devices) {
    for (const spec::ThrottleDevice& device : devices)
      Add(absl::StrCat("blkio.throttle.", what, "_device"),
          absl::StrCat(device.major, ":", device.minor, " ", device.rate));
  }

  void BlockIo() {
    const spec::BlockIoResources& io = resources_.block_io;
    if (IsSet(io.weight)) Weight("weight", *io.weight);
    if (IsSet(io.leaf_weight)) Add("blkio.leaf_weight", *io.leaf_weight);
    for (const spec::WeightDevice& device : io.weight_device) {
      const std::string number = absl::StrCat(device.major, ":", device.minor, " ");
      if (IsSet(device.weight)) Weight("weight_device", absl::StrCat(number, *device.weight));
      if (IsSet(device.leaf_weight))
        Add("blkio.leaf_weight_device", absl::StrCat(number, *device.leaf_weight));
    }
    Throttle("read_bps", io.throttle_read_bps);
    Throttle("write_bps", io.throttle_write_bps);
    Throttle("read_iops", io.throttle_read_iops);
    Throttle("write_iops", io.throttle_write_iops);
  }

  void Hugepages() {
    for (const spec::HugepageLimit& limit : resources_.hugepage_limits) {
      const std::string why_missing = absl::StrCat("this machine has no huge pages of ", limit.page_size);
      Add(absl::StrCat("hugetlb.", limit.page_size, ".limit_in_bytes"), limit.limit).why_missing =
          why_missing;
      Add(absl::StrCat("hugetlb.", limit.page_size, ".rsvd.limit_in_bytes"), limit.limit);
    }
  }

  void Network() {
    if (IsSet(resources_.network.class_id)) Add("net_cls.classid", *resources_.network.class_id);
    for (const spec::InterfacePriority& priority : resources_.network.priorities)
      Add("net_prio.ifpriomap", absl::StrCat(priority.name, " ", priority.priority));
  }

  void Pids() {
    if (const auto& limit = resources_.pids_limit) Add("pids.max", PidsMax(*limit));
  }

  const spec::Resources& resources_;
  const bool update_;
  std::vector<Write> writes_;
};

}  // namespace

Status Check(const spec::Resources& resources) {
  TARE_RETURN_IF_ERROR(CheckLimits(resources));
  if (resources.unified.empty()) return absl::OkStatus();
  return InvalidError("invalid configuration: cannot use unified on cgroup v1: unified: \"",
                      resources.unified.begin()->first, "\"");
}

StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update) {
  TARE_RETURN_IF_ERROR(Check(resources));
  return Translation(resources, update).Run();
}

}  // namespace tare::cgroup::v1
