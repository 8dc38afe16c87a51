#include "cgroup/v2/translate.h"

#include <gtest/gtest.h>

#include <functional>

namespace tare::cgroup::v2 {
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
  Lines updated;  // empty: the same
};

class V2TranslateTest : public testing::TestWithParam<Case> {};

TEST_P(V2TranslateTest, Gives) {
  spec::Resources resources;
  GetParam().set(resources);
  EXPECT_EQ(LinesOf(Translate(resources, false, {"max 100000"})), GetParam().created);
  EXPECT_EQ(LinesOf(Translate(resources, true, {"25000 50000"})),
            GetParam().updated.empty() ? GetParam().created : GetParam().updated);
}

INSTANTIATE_TEST_SUITE_P(
    Resources, V2TranslateTest,
    testing::Values(Case{"nothing", [](auto&) {}, {}, {}},
                    Case{"zeros_of_engines_are_unset",
                         [](auto& r) {
                           r.memory.limit = r.memory.swap = r.memory.reservation = r.memory.kernel = 0;
                           r.memory.swappiness = UINT64_MAX;
                           r.memory.disable_oom_killer = false;
                           r.cpu.shares = r.cpu.period = r.cpu.realtime_period = 0;
                           r.cpu.quota = r.cpu.realtime_runtime = 0;
                           r.cpu.cpus = r.cpu.mems = "";
                           r.block_io.weight = r.block_io.leaf_weight = 0;
                           r.network.class_id = 0;
                         },
                         {},
                         {}},
                    Case{"memory",
                         [](auto& r) {
                           r.memory.limit = 64;
                           r.memory.swap = 100;
                           r.memory.reservation = 32;
                         },
                         {"memory.swap.max=36", "memory.max=64", "memory.low=32"},
                         {}},
                    Case{"no_swap_at_all",
                         [](auto& r) { r.memory.limit = r.memory.swap = 64; },
                         {"memory.swap.max=0", "memory.max=64"},
                         {}},
                    Case{"unlimited",
                         [](auto& r) { r.memory.limit = r.memory.reservation = -1; },
                         {"memory.swap.max=max", "memory.max=max", "memory.low=max"},
                         {}},
                    Case{"unlimited_swap",
                         [](auto& r) {
                           r.memory.limit = 64;
                           r.memory.swap = -1;
                         },
                         {"memory.swap.max=max", "memory.max=64"},
                         {}},
                    Case{"swap_needs_memory",
                         [](auto& r) { r.memory.swap = 64; },
                         {"memory.swap: unable to set swap limit without memory limit"},
                         {}},
                    Case{"cpu",
                         [](auto& r) {
                           r.cpu.shares = 1024;
                           r.cpu.quota = 50000;
                           r.cpu.period = 100000;
                           r.cpu.burst = 1000;
                           r.cpu.cpus = "0-1";
                           r.cpu.mems = "0";
                         },
                         {"cpu.weight=100", "cpu.max.burst=1000", "cpu.max=50000 100000", "cpuset.cpus=0-1",
                          "cpuset.mems=0"},
                         {}},
                    Case{"a_quota_keeps_the_period", [](auto& r) { r.cpu.quota = 500; }, {"cpu.max=500"}, {}},
                    Case{"no_quota", [](auto& r) { r.cpu.quota = -1; }, {"cpu.max=max"}, {}},
                    Case{"a_period_keeps_the_quota",
                         [](auto& r) { r.cpu.period = 1000; },
                         {"cpu.max=max 1000"},
                         {"cpu.max=25000 1000"}},
                    Case{"idle_has_no_weight",
                         [](auto& r) {
                           r.cpu.shares = 512;
                           r.cpu.idle = 1;
                         },
                         {"cpu.idle=1"},
                         {}},
                    Case{"block_io",
                         [](auto& r) {
                           r.block_io.weight = 500;
                           r.block_io.weight_device = {{8, 0, 400, {}}};
                           r.block_io.throttle_read_bps = {{8, 0, 1}};
                           r.block_io.throttle_write_bps = {{8, 0, 0}};
                           r.block_io.throttle_read_iops = {{8, 0, 3}};
                           r.block_io.throttle_write_iops = {{8, 16, 4}};
                         },
                         {"io.bfq.weight=500", "io.bfq.weight=8:0 400", "io.max=8:0 rbps=1",
                          "io.max=8:0 wbps=max", "io.max=8:0 riops=3", "io.max=8:16 wiops=4"},
                         {}},
                    Case{"hugepages_rdma_pids",
                         [](auto& r) {
                           r.hugepage_limits = {{"2MB", 4096}};
                           r.rdma["mlx5_1"] = {3, 4};
                           r.pids_limit = -1;
                         },
                         {"hugetlb.2MB.max=4096", "hugetlb.2MB.rsvd.max=4096", "pids.max=max",
                          "rdma.max=mlx5_1 hca_handle=3 hca_object=4"},
                         {}},
                    Case{"pids_zero_is_a_limit", [](auto& r) { r.pids_limit = 0; }, {"pids.max=1"}, {}},
                    Case{"unified_comes_last",
                         [](auto& r) {
                           r.unified = {{"memory.high", "5"}, {"cpu.weight", "7"}};
                           r.memory.limit = 64;
                         },
                         {"memory.max=64", "cpu.weight=7", "memory.high=5"},
                         {}},
                    Case{"unified_is_written_line_by_line",
                         [](auto& r) {
                           r.unified = {{"io.max", "8:0 rbps=1\n8:16 wbps=2\n"},
                                        {"memory.high", "5\n"},
                                        {"misc.max", "\n \na 1\n\nb 2"},
                                        {"cpuset.cpus", "\n"},
                                        {"cpuset.mems", ""}};
                         },
                         {"cpuset.cpus=", "cpuset.mems=", "io.max=8:0 rbps=1", "io.max=8:16 wbps=2",
                          "memory.high=5", "misc.max=a 1", "misc.max=b 2"},
                         {}},
                    Case{"unified_is_a_file_name",
                         [](auto& r) { r.unified["../x"] = "1"; },
                         {"unified: \"../x\" must be a file name"},
                         {}},
                    Case{"kernel_memory",
                         [](auto& r) { r.memory.kernel = 1; },
                         {"memory.kernel: cannot be set on cgroup v2"},
                         {}},
                    Case{"kernel_tcp",
                         [](auto& r) { r.memory.kernel_tcp = 1; },
                         {"memory.kernelTCP: cannot be set on cgroup v2"},
                         {}},
                    Case{"swappiness",
                         [](auto& r) { r.memory.swappiness = 10; },
                         {"memory.swappiness: cannot be set on cgroup v2"},
                         {}},
                    Case{"oom_killer",
                         [](auto& r) { r.memory.disable_oom_killer = true; },
                         {"memory.disableOOMKiller: cannot be set on cgroup v2"},
                         {}},
                    Case{"realtime",
                         [](auto& r) { r.cpu.realtime_runtime = 5; },
                         {"cpu.realtimeRuntime: cannot be set on cgroup v2"},
                         {}},
                    Case{"realtime_period",
                         [](auto& r) { r.cpu.realtime_period = 5; },
                         {"cpu.realtimePeriod: cannot be set on cgroup v2"},
                         {}},
                    Case{"leaf_weight",
                         [](auto& r) { r.block_io.leaf_weight = 5; },
                         {"blockIO.leafWeight: cannot be set on cgroup v2"},
                         {}},
                    Case{"leaf_weight_of_a_device",
                         [](auto& r) {
                           r.block_io.weight_device = {{8, 0, {}, 5}};
                         },
                         {"blockIO.weightDevice: leafWeight: cannot be set on cgroup v2"},
                         {}},
                    Case{"class_id",
                         [](auto& r) { r.network.class_id = 5; },
                         {"network.classID: cannot be set on cgroup v2"},
                         {}},
                    Case{"priorities",
                         [](auto& r) {
                           r.network.priorities = {{"eth0", 5}};
                         },
                         {"network.priorities: cannot be set on cgroup v2"},
                         {}}),
    [](const auto& test) { return test.param.name; });

TEST(V2TranslateDetailTest, WhatTheKernelChecksAgainstEachOtherIsRetried) {
  spec::Resources resources;
  resources.cpu.quota = 1000;
  resources.cpu.burst = 500;
  const std::vector<Write> writes = *Translate(resources, true, {});
  EXPECT_EQ(writes.size(), 2U);
  for (const Write& write : writes) EXPECT_EQ(write.refused, Refused::kRetryLast) << write.file;
}

TEST(WeightTest, EndsAndDefaultsOfBothRangesMeet) {
  const std::pair<uint64_t, uint64_t> table[] = {{2, 1},    {1024, 100}, {262144, 10000},
                                                 {512, 59}, {2048, 174}, {10, 4}};
  for (const auto& [shares, weight] : table) EXPECT_EQ(WeightOfShares(shares), weight) << shares;
  for (uint64_t shares = 2; shares < 262144; shares = shares * 3 / 2 + 1)
    EXPECT_LE(WeightOfShares(shares), WeightOfShares(shares + 1)) << shares;
}

TEST(WeightTest, ANewDefaultLeavesTheWeightsOfDisks) {
  spec::Resources resources;
  resources.block_io.weight = 500;
  resources.block_io.weight_device = {{8, 0, 300, {}}};
  const Current current = {.cpu_max = "max 100000", .bfq_weight = "default 100\n254:0 400\n8:0 200"};
  EXPECT_EQ(LinesOf(Translate(resources, true, current)),
            (Lines{"io.bfq.weight=500", "io.bfq.weight=254:0 400", "io.bfq.weight=8:0 200",
                   "io.bfq.weight=8:0 300"}));
}

TEST(WeightTest, WithoutBfqTheWeightIsStretched) {
  const std::pair<uint16_t, const char*> table[] = {{10, "1"}, {1000, "10000"}, {500, "4950"}};
  for (const auto& [weight, expected] : table) {
    spec::Resources resources;
    resources.block_io.weight = weight;
    EXPECT_EQ(Translate(resources, false, {})->front().other_value, expected);
    EXPECT_EQ(Translate(resources, false, {})->front().other_file, "io.weight");
  }
}

}  // namespace
}  // namespace tare::cgroup::v2
