#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <set>

namespace tare::metrics {
namespace {

namespace v1 = messages::metrics_v1;
namespace v2 = messages::metrics_v2;

// Collects the numbers in a message.
struct Values {
  Values& operator()(uint32_t, const uint64_t& value) {
    numbers.push_back(value);
    return *this;
  }
  template <class Other>
  Values& operator()(uint32_t, const Other&) {
    return *this;
  }
  std::vector<uint64_t> numbers;
};

template <class M>
void ExpectAllSetAndDifferent(M message) {
  Values values;
  message.Fields(values);
  std::set<uint64_t> different(values.numbers.begin(), values.numbers.end());
  EXPECT_EQ(different.size(), values.numbers.size()) << "two fields have one source";
  EXPECT_EQ(different.count(0), 0u) << "a field has no source";
}

std::map<std::string, uint64_t> Numbered(const std::vector<std::string>& names) {
  std::map<std::string, uint64_t> numbers;
  for (const std::string& name : names) numbers[name] = 1000 + numbers.size();
  return numbers;
}

// As on Linux 6.1.
std::map<std::string, uint64_t> MemoryStatV1() {
  std::vector<std::string> names;
  for (const char* prefix : {"", "total_"})
    for (const char* name : {"cache", "rss", "rss_huge", "shmem", "mapped_file", "dirty", "writeback",
                             "pgpgin", "pgpgout", "pgfault", "pgmajfault", "inactive_anon", "active_anon",
                             "inactive_file", "active_file", "unevictable"})
      names.push_back(std::string(prefix) + name);
  names.push_back("hierarchical_memory_limit");
  names.push_back("hierarchical_memsw_limit");
  return Numbered(names);
}

std::map<std::string, uint64_t> MemoryStatV2() {
  return Numbered({"anon",
                   "file",
                   "kernel",
                   "kernel_stack",
                   "pagetables",
                   "sock",
                   "shmem",
                   "file_mapped",
                   "file_dirty",
                   "file_writeback",
                   "swapcached",
                   "anon_thp",
                   "inactive_anon",
                   "active_anon",
                   "inactive_file",
                   "active_file",
                   "unevictable",
                   "slab_reclaimable",
                   "slab_unreclaimable",
                   "slab",
                   "workingset_refault_anon",
                   "workingset_refault_file",
                   "workingset_activate_anon",
                   "workingset_activate_file",
                   "workingset_nodereclaim",
                   "pgscan",
                   "pgsteal",
                   "pgfault",
                   "pgmajfault",
                   "pgrefill",
                   "pgactivate",
                   "pgdeactivate",
                   "pglazyfree",
                   "pglazyfreed",
                   "thp_fault_alloc",
                   "thp_collapse_alloc"});
}

TEST(MetricsOf, NamesTheMessageOfTheVersion) {
  const messages::Any one = MetricsOf({}, CgroupVersion::kV1, {});
  EXPECT_EQ(one.type_url, "io.containerd.cgroups.v1.Metrics");
  EXPECT_TRUE(messages::Unpack<v1::Metrics>(one)->cpu->usage.has_value()) << "there, though all is 0";
  const messages::Any two = MetricsOf({}, CgroupVersion::kV2, {});
  EXPECT_EQ(two.type_url, "io.containerd.cgroups.v2.Metrics");
  EXPECT_TRUE(messages::Unpack<v2::Metrics>(two)->memory.has_value());
}

TEST(MetricsV1, CountsProcessorsInNanoseconds) {
  const v1::Metrics metrics = MetricsV1({.cpu = {.total = 5000000001,
                                                 .kernel = 2,
                                                 .user = 3,
                                                 .per_cpu = {5000000000, 1},
                                                 .periods = 4,
                                                 .throttled_periods = 5,
                                                 .throttled_time = 6}});
  EXPECT_EQ(metrics.cpu->usage->total, 5000000001u);
  EXPECT_EQ(metrics.cpu->usage->kernel, 2u);
  EXPECT_EQ(metrics.cpu->usage->user, 3u);
  EXPECT_EQ(metrics.cpu->usage->per_cpu, (std::vector<uint64_t>{5000000000, 1}));
  EXPECT_EQ(metrics.cpu->throttling->periods, 4u);
  EXPECT_EQ(metrics.cpu->throttling->throttled_periods, 5u);
  EXPECT_EQ(metrics.cpu->throttling->throttled_time, 6u);
}

TEST(MetricsV1, TakesAllOfMemoryStat) {
  std::map<std::string, uint64_t> raw = MemoryStatV1();
  const v1::MemoryStat memory = *MetricsV1({.memory = {.raw = raw}}).memory;
  ExpectAllSetAndDifferent(memory);
  EXPECT_EQ(memory.pg_pg_in, raw["pgpgin"]);
  EXPECT_EQ(memory.hierarchical_swap_limit, raw["hierarchical_memsw_limit"]);
  EXPECT_EQ(memory.total_rss, raw["total_rss"]);
  EXPECT_EQ(memory.total_inactive_file, raw["total_inactive_file"]);
}

TEST(MetricsV1, TakesTheOtherFilesOfMemory) {
  const v1::Metrics metrics =
      MetricsV1({.memory = {.memory = {.usage = 1, .peak = 2, .limit = 3, .failures = 4},
                            .memory_and_swap = {.usage = 5},
                            .kernel = {.usage = 6},
                            .kernel_tcp = {.usage = 7},
                            .events = {{"oom_kill_disable", 1}, {"under_oom", 2}, {"oom_kill", 3}}}});
  EXPECT_EQ(metrics.memory->usage->usage, 1u);
  EXPECT_EQ(metrics.memory->usage->max, 2u);
  EXPECT_EQ(metrics.memory->usage->limit, 3u);
  EXPECT_EQ(metrics.memory->usage->failcnt, 4u);
  EXPECT_EQ(metrics.memory->swap->usage, 5u);
  EXPECT_EQ(metrics.memory->kernel->usage, 6u);
  EXPECT_EQ(metrics.memory->kernel_tcp->usage, 7u);
  EXPECT_EQ(metrics.memory_oom_control->oom_kill_disable, 1u);
  EXPECT_EQ(metrics.memory_oom_control->under_oom, 2u);
  EXPECT_EQ(metrics.memory_oom_control->oom_kill, 3u);
}

TEST(MetricsV1, TakesTheOtherControllers) {
  const v1::Metrics metrics =
      MetricsV1({.pids = {.current = 3, .limit = 0},
                 .io = {.service_bytes = {{8, 16, "Read", 4096}}, .sectors = {{8, 0, "", 7}}},
                 .hugepages = {{"2MB", {.usage = 1, .peak = 2, .limit = 9, .failures = 3}}},
                 .rdma_limit = {{"mlx5_0", 1, 2}}});
  EXPECT_EQ(metrics.pids->current, 3u);
  EXPECT_EQ(metrics.pids->limit, 0u) << "none";
  ASSERT_EQ(metrics.blkio->service_bytes.size(), 1u);
  EXPECT_EQ(metrics.blkio->service_bytes[0].op, "Read");
  EXPECT_EQ(metrics.blkio->service_bytes[0].minor, 16u);
  EXPECT_EQ(metrics.blkio->service_bytes[0].value, 4096u);
  EXPECT_EQ(metrics.blkio->sectors.at(0).value, 7u);
  ASSERT_EQ(metrics.hugetlb.size(), 1u);
  EXPECT_EQ(metrics.hugetlb[0].pagesize, "2MB");
  EXPECT_EQ(metrics.hugetlb[0].max, 2u) << "the most used, not the limit";
  EXPECT_EQ(metrics.rdma->limit.at(0).hca_objects, 2u);
}

TEST(MetricsV2, CountsProcessorsInMicroseconds) {
  const v2::CpuStat cpu = *MetricsV2({.cpu = {.total = 5000000999,
                                              .kernel = 2000,
                                              .user = 3000,
                                              .periods = 4,
                                              .throttled_periods = 5,
                                              .throttled_time = 6000,
                                              .bursts = 7,
                                              .burst_time = 8000,
                                              .pressure = spec::Pressure{.some = {1.5, 0.25, 0.5, 77}}}})
                               .cpu;
  EXPECT_EQ(cpu.usage_usec, 5000000u);
  EXPECT_EQ(cpu.system_usec, 2u);
  EXPECT_EQ(cpu.user_usec, 3u);
  EXPECT_EQ(cpu.nr_periods, 4u);
  EXPECT_EQ(cpu.nr_throttled, 5u);
  EXPECT_EQ(cpu.throttled_usec, 6u);
  EXPECT_EQ(cpu.nr_bursts, 7u);
  EXPECT_EQ(cpu.burst_usec, 8u);
  EXPECT_EQ(cpu.psi->some->avg10, 1.5);
  EXPECT_EQ(cpu.psi->some->avg300, 0.5);
  EXPECT_EQ(cpu.psi->some->total, 77u);
  EXPECT_TRUE(cpu.psi->full.has_value());
}

TEST(MetricsV2, TakesAllOfMemory) {
  std::map<std::string, uint64_t> raw = MemoryStatV2();
  const v2::MemoryStat memory =
      *MetricsV2({.memory = {.memory = {.usage = 1, .peak = 2, .limit = spec::kUnlimited},
                             .swap = {.usage = 4, .peak = 5, .limit = 6},
                             .raw = raw}})
           .memory;
  ExpectAllSetAndDifferent(memory);
  EXPECT_EQ(memory.usage, 1u);
  EXPECT_EQ(memory.max_usage, 2u);
  EXPECT_EQ(memory.usage_limit, UINT64_MAX);
  EXPECT_EQ(memory.swap_usage, 4u);
  EXPECT_EQ(memory.swap_max_usage, 5u);
  EXPECT_EQ(memory.swap_limit, 6u);
  EXPECT_EQ(memory.inactive_file, raw["inactive_file"]);
  EXPECT_EQ(memory.workingset_refault, raw["workingset_refault_anon"] + raw["workingset_refault_file"]);
  EXPECT_FALSE(memory.psi.has_value());
}

TEST(MetricsV2, TakesTheOtherControllers) {
  const v2::Metrics metrics = MetricsV2(
      {.memory = {.events = {{"low", 1}, {"high", 2}, {"max", 3}, {"oom", 4}, {"oom_kill", 5}}},
       .pids = {.current = 3, .limit = 0},
       .io = {.service_bytes =
                  {{8, 0, "Read", 1}, {8, 0, "Write", 2}, {8, 0, "Discard", 9}, {8, 16, "Read", 5}},
              .serviced = {{8, 0, "Read", 3}, {8, 0, "Write", 4}}},
       .hugepages = {{"1GB", {.usage = 1, .limit = 2}}},
       .rdma_current = {{"mlx5_0", 1, 2}}});
  ExpectAllSetAndDifferent(*metrics.memory_events);
  EXPECT_EQ(metrics.memory_events->oom_kill, 5u);
  EXPECT_EQ(metrics.pids->limit, UINT64_MAX) << "none";
  ASSERT_EQ(metrics.io->usage.size(), 2u) << "one a device";
  EXPECT_EQ(metrics.io->usage[0].rbytes, 1u);
  EXPECT_EQ(metrics.io->usage[0].wbytes, 2u);
  EXPECT_EQ(metrics.io->usage[0].rios, 3u);
  EXPECT_EQ(metrics.io->usage[0].wios, 4u);
  EXPECT_EQ(metrics.io->usage[1].minor, 16u);
  EXPECT_EQ(metrics.hugetlb.at(0).max, 2u);
  EXPECT_EQ(metrics.rdma->current.at(0).hca_handles, 1u);
}

TEST(MetricsV1, BlockDevicesHaveTheirNames) {
  spec::Stats stats;
  stats.io.serviced = {{.major = 8, .minor = 1, .operation = "Read", .value = 5}, {.major = 9, .minor = 9}};
  const DeviceNames names = ParsePartitions(
      "major minor  #blocks  name\n\n   8        0   1000 sda\n   8        1    999 sda1\n   8        1    "
      "999 again\n");
  const v1::Metrics metrics = MetricsV1(stats, {.devices = names});
  EXPECT_EQ(metrics.blkio->serviced[0].device, "/dev/sda1");
  EXPECT_EQ(metrics.blkio->serviced[1].device, "");
}

TEST(MetricsV1, InterfacesHaveTheirCounters) {
  const Interfaces interfaces = ParseNetDev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
      "colls "
      "carrier compressed\n"
      "    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     "
      "0       "
      "0          0\n"
      "eth0:1:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  ASSERT_EQ(interfaces.size(), 2U);
  EXPECT_EQ(interfaces[0].name, "lo");
  const v1::NetworkStat eth = MetricsV1({}, {.interfaces = interfaces}).network[1];
  EXPECT_EQ(eth.name, "eth0:1");
  EXPECT_EQ(eth.rx_bytes + 10 * eth.rx_packets + 100 * eth.rx_errors + 1000 * eth.rx_dropped, 4321U);
  EXPECT_EQ(eth.tx_bytes + 100 * eth.tx_packets + 10000 * eth.tx_errors + 1000000 * eth.tx_dropped,
            12111009U);
}

}  // namespace
}  // namespace tare::metrics
