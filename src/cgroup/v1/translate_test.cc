#include "cgroup/v1/translate.h"

#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/match.h"

namespace tare::cgroup::v1 {
namespace {

using Lines = std::vector<std::string>;

Lines LinesOf(const StatusOr<std::vector<Write>>& writes) {
  if (!writes.ok()) return {std::string(writes.status().message())};
  Lines lines;
  for (const Write& write : *writes) lines.push_back(absl::StrCat(write.file, "=", write.value));
  return lines;
}

struct Case {
  const char* name;
  std::function<void(spec::Resources&)> set;
  Lines created;
  Lines updated;
};

class V1TranslateTest : public testing::TestWithParam<Case> {};

TEST_P(V1TranslateTest, Gives) {
  spec::Resources resources;
  GetParam().set(resources);
  EXPECT_EQ(LinesOf(Translate(resources, false)), GetParam().created);
  EXPECT_EQ(LinesOf(Translate(resources, true)),
            GetParam().updated.empty() ? GetParam().created : GetParam().updated);
}

INSTANTIATE_TEST_SUITE_P(
    Resources, V1TranslateTest,
    testing::Values(
        Case{"nothing", [](auto&) {}, {}, {}},
        Case{"zeros_of_engines_are_unset",
             [](auto& r) {
               r.memory.limit = r.memory.swap = r.memory.reservation = 0;
               r.cpu.shares = r.cpu.period = 0;
               r.cpu.quota = 0;
               r.cpu.cpus = r.cpu.mems = "";
               r.block_io.weight = r.block_io.leaf_weight = 0;
               r.network.class_id = 0;
             },
             {},
             {}},
        Case{"memory",
             [](auto& r) {
               r.memory.limit = 64;
               r.memory.swap = 128;
               r.memory.reservation = 32;
               r.memory.kernel_tcp = 16;
               r.memory.swappiness = 0;
               r.memory.disable_oom_killer = true;
             },
             {"memory.limit_in_bytes=64", "memory.memsw.limit_in_bytes=128", "memory.soft_limit_in_bytes=32",
              "memory.kmem.tcp.limit_in_bytes=16", "memory.oom_control=1", "memory.swappiness=0"},
             {}},
        Case{"unlimited_memory_lifts_swap_too",
             [](auto& r) { r.memory.limit = -1; },
             {"memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"},
             {}},
        Case{"unlimited_memory_with_swap_of_its_own",
             [](auto& r) {
               r.memory.limit = -1;
               r.memory.swap = -1;
             },
             {"memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"},
             {}},
        Case{"oom_killer_on_again",
             [](auto& r) { r.memory.disable_oom_killer = false; },
             {},
             {"memory.oom_control=0"}},
        Case{"swappiness_minus_one_of_engines", [](auto& r) { r.memory.swappiness = UINT64_MAX; }, {}, {}},
        Case{"swappiness_too_large",
             [](auto& r) { r.memory.swappiness = 101; },
             {"memory.swappiness: 101 is not between 0 and 100"},
             {}},
        Case{"swap_less_than_memory",
             [](auto& r) {
               r.memory.limit = 64;
               r.memory.swap = 63;
             },
             {"memory.swap: 63 is less than memory.limit, 64: it must be the limit of memory plus swap"},
             {}},
        Case{"swap_limited_and_memory_not",
             [](auto& r) {
               r.memory.limit = -1;
               r.memory.swap = 64;
             },
             {"memory.swap: 64 is less than memory.limit, -1: it must be the limit of memory plus swap"},
             {}},
        Case{"memory_minus_two",
             [](auto& r) { r.memory.limit = -2; },
             {"memory.limit: -2 is not a valid limit (-1 means unlimited)"},
             {}},
        Case{"cpu",
             [](auto& r) {
               r.cpu.shares = 512;
               r.cpu.quota = -1;
               r.cpu.period = 50000;
               r.cpu.burst = 1000;
               r.cpu.realtime_period = 7;
               r.cpu.realtime_runtime = 3;
               r.cpu.cpus = "0-1";
               r.cpu.mems = "0";
             },
             {"cpu.shares=512", "cpu.cfs_burst_us=1000", "cpu.cfs_period_us=50000", "cpu.cfs_quota_us=-1",
              "cpu.rt_period_us=7", "cpu.rt_runtime_us=3", "cpuset.cpus=0-1", "cpuset.mems=0"},
             {}},
        Case{"idle_has_no_shares",
             [](auto& r) {
               r.cpu.shares = 512;
               r.cpu.idle = 1;
             },
             {"cpu.idle=1"},
             {}},
        Case{"no_longer_idle",
             [](auto& r) {
               r.cpu.shares = 512;
               r.cpu.idle = 0;
               r.cpu.burst = 0;
             },
             {"cpu.shares=512"},
             {"cpu.idle=0", "cpu.shares=512", "cpu.cfs_burst_us=0"}},
        Case{"shares_too_small",
             [](auto& r) { r.cpu.shares = 1; },
             {"cpu.shares: the minimum allowed cpu-shares is 2"},
             {}},
        Case{"shares_too_large",
             [](auto& r) { r.cpu.shares = 262145; },
             {"cpu.shares: the maximum allowed cpu-shares is 262144"},
             {}},
        Case{"block_io",
             [](auto& r) {
               r.block_io.weight = 500;
               r.block_io.leaf_weight = 300;
               r.block_io.weight_device = {{8, 0, 400, 200}};
               r.block_io.throttle_read_bps = {{8, 0, 1}};
               r.block_io.throttle_write_bps = {{8, 0, 2}, {8, 16, 22}};
               r.block_io.throttle_read_iops = {{8, 0, 3}};
               r.block_io.throttle_write_iops = {{8, 0, 4}};
             },
             {"blkio.weight=500", "blkio.leaf_weight=300", "blkio.weight_device=8:0 400",
              "blkio.leaf_weight_device=8:0 200", "blkio.throttle.read_bps_device=8:0 1",
              "blkio.throttle.write_bps_device=8:0 2", "blkio.throttle.write_bps_device=8:16 22",
              "blkio.throttle.read_iops_device=8:0 3", "blkio.throttle.write_iops_device=8:0 4"},
             {}},
        Case{"hugepages",
             [](auto& r) {
               r.hugepage_limits = {{"2MB", 0}, {"1GB", 1 << 30}};
             },
             {"hugetlb.2MB.limit_in_bytes=0", "hugetlb.2MB.rsvd.limit_in_bytes=0",
              "hugetlb.1GB.limit_in_bytes=1073741824", "hugetlb.1GB.rsvd.limit_in_bytes=1073741824"},
             {}},
        Case{"page_size_that_climbs",
             [](auto& r) {
               r.hugepage_limits = {{"../../x", 1}};
             },
             {"hugepageLimits: \"../../x\" is not a page size such as \"2MB\""},
             {}},
        Case{"network",
             [](auto& r) {
               r.network.class_id = 0x100001;
               r.network.priorities = {{"eth0", 5}, {"lo", 1}};
             },
             {"net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5", "net_prio.ifpriomap=lo 1"},
             {}},
        Case{"pids", [](auto& r) { r.pids_limit = 100; }, {"pids.max=100"}, {}},
        Case{"pids_zero_is_a_limit", [](auto& r) { r.pids_limit = 0; }, {"pids.max=1"}, {}},
        Case{"pids_unlimited", [](auto& r) { r.pids_limit = -1; }, {"pids.max=max"}, {}},
        Case{"rdma",
             [](auto& r) {
               r.rdma["mlx5_1"] = {3, 10000};
               r.rdma["ocrdma1"] = {.hca_objects = 7};
             },
             {"rdma.max=mlx5_1 hca_handle=3 hca_object=10000", "rdma.max=ocrdma1 hca_object=7"},
             {}},
        Case{"unified",
             [](auto& r) { r.unified["memory.high"] = "1"; },
             {"invalid configuration: cannot use unified on cgroup v1: unified: \"memory.high\""},
             {}}),
    [](const auto& test) { return test.param.name; });

TEST(V1TranslateDetailTest, WhatTheKernelChecksAgainstEachOtherIsRetried) {
  spec::Resources resources;
  resources.memory.limit = 64;
  resources.memory.swap = 64;
  resources.cpu.quota = 1000;
  resources.cpu.period = 2000;
  resources.cpu.burst = 500;
  resources.cpu.realtime_period = 2000;
  resources.cpu.realtime_runtime = 1000;
  const std::vector<Write> writes = *Translate(resources, true);
  for (const Write& write : writes) EXPECT_EQ(write.refused, Refused::kRetryLast) << write.file;
}

TEST(V1TranslateDetailTest, WeightsFallBackToBfq) {
  spec::Resources resources;
  resources.block_io.weight = 100;
  EXPECT_EQ(Translate(resources, false)->front().other_file, "blkio.bfq.weight");
}

spec::DeviceRule Rule(bool allow, char type, std::optional<int64_t> major = {},
                      std::optional<int64_t> minor = {}, const char* access = "rwm") {
  return {.allow = allow, .type = type, .major = major, .minor = minor, .access = access};
}

TEST(TranslateDevicesTest, DenyAllThenTheDefaults) {
  EXPECT_EQ(LinesOf(TranslateDevices(CompletePolicy({}))),
            (Lines{"devices.deny=a", "devices.allow=c *:* m", "devices.allow=b *:* m",
                   "devices.allow=c 1:3 rwm", "devices.allow=c 1:5 rwm", "devices.allow=c 1:7 rwm",
                   "devices.allow=c 1:8 rwm", "devices.allow=c 1:9 rwm", "devices.allow=c 5:0 rwm",
                   "devices.allow=c 5:2 rwm", "devices.allow=c 136:* rwm", "devices.allow=c 10:200 rwm"}));
}

TEST(TranslateDevicesTest, ARuleForADefaultNodeStandsInItsPlace) {
  EXPECT_EQ(LinesOf(TranslateDevices(CompletePolicy({Rule(true, 'c', 1, 7, "r"), Rule(false, 'c', 1, 8)}))),
            (Lines{"devices.deny=a", "devices.allow=c 1:7 r", "devices.allow=c *:* m",
                   "devices.allow=b *:* m", "devices.allow=c 1:3 rwm", "devices.allow=c 1:5 rwm",
                   "devices.allow=c 1:9 rwm", "devices.allow=c 5:0 rwm", "devices.allow=c 5:2 rwm",
                   "devices.allow=c 136:* rwm", "devices.allow=c 10:200 rwm"}));
}

TEST(TranslateDevicesTest, APrivilegedContainerIsOneLine) {
  EXPECT_EQ(LinesOf(TranslateDevices(CompletePolicy({Rule(false, 'a'), Rule(true, 'a')}))),
            (Lines{"devices.allow=a"}));
}

TEST(TranslateDevicesTest, RulesForTheSameNodesAreMerged) {
  const DevicePolicy policy = {.allow = false,
                               .rules = {Rule(true, 'c', 10, 200, "r"), Rule(true, 'c', 10, 200, "w"),
                                         Rule(true, 'b', 8, {}, "rwm"), Rule(false, 'b', 8, {}, "m")}};
  EXPECT_EQ(LinesOf(TranslateDevices(policy)),
            (Lines{"devices.deny=a", "devices.allow=c 10:200 rw", "devices.allow=b 8:* rw"}));
}

TEST(TranslateDevicesTest, AHoleInAWiderRuleIsAnErrorRatherThanIgnored) {
  const auto result =
      TranslateDevices({.allow = false, .rules = {Rule(true, 'c', 10), Rule(false, 'c', 10, 200, "w")}});
  EXPECT_EQ(LinesOf(result),
            (Lines{"devices: cgroup v1 cannot exclude \"c 10:200 w\" from the rule \"c 10:* rwm\""}));
}

TEST(TranslateDevicesTest, DenyingWhatWasNeverAllowedIsNothing) {
  EXPECT_EQ(LinesOf(TranslateDevices({.allow = false, .rules = {Rule(false, 'c', 10, 200)}})),
            (Lines{"devices.deny=a"}));
}

TEST(TranslateDevicesTest, AChangeAddsBeforeItTakesAway) {
  const DevicePolicy policy = {
      .allow = false,
      .rules = {Rule(true, 'c', 1, 3, "rw"), Rule(true, 'c', 10, {}, "r"), Rule(true, 'b', 8, 0)}};
  EXPECT_EQ(LinesOf(TranslateDeviceChange(policy, "c 1:3 rwm\nc 10:* r\nc 5:1 rw")),
            (Lines{"devices.allow=b 8:0 rwm", "devices.deny=c 1:3 m", "devices.deny=c 5:1 rw"}));
  EXPECT_FALSE(ReversesDefault(policy, "c 1:3 rwm"));
}

TEST(TranslateDevicesTest, AChangeFromOrToAllIsMadeAnew) {
  const DevicePolicy one = {.allow = false, .rules = {Rule(true, 'c', 1, 3)}};
  EXPECT_EQ(LinesOf(TranslateDeviceChange(one, "a *:* rwm")),
            (Lines{"devices.deny=a", "devices.allow=c 1:3 rwm"}));
  EXPECT_EQ(LinesOf(TranslateDeviceChange({.allow = true}, "c 1:3 rwm")), (Lines{"devices.allow=a"}));
  EXPECT_TRUE(ReversesDefault(one, "a *:* rwm"));
  EXPECT_TRUE(ReversesDefault({.allow = true, .rules = {}}, ""));
}

}  // namespace
}  // namespace tare::cgroup::v1
