#include "systemd/current_limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "systemd/properties.h"

namespace tare::systemd {
namespace {

using dbus::Property;
using Properties = std::vector<Property>;

Property Quota(uint64_t per_second) {
  return {"CPUQuotaPerSecUSec", per_second};
}
Property Period(uint64_t period) {
  return {"CPUQuotaPeriodUSec", period};
}
Property Weight(uint64_t weight) {
  return {"CPUWeight", weight};
}

struct Case {
  const char* name;
  CurrentLimits current;
  spec::Resources update;
  Properties properties;
};

class CurrentLimitsTest : public testing::TestWithParam<Case> {};

TEST_P(CurrentLimitsTest, CompletesAnUpdate) {
  auto properties = PropertiesOf(Complete(GetParam().update, GetParam().current), true, Files::kV2);
  ASSERT_TRUE(properties.ok()) << properties.status();
  EXPECT_EQ(*properties, GetParam().properties);
}

constexpr int64_t kHalf = 500'000;
constexpr uint64_t kSecond = 1'000'000;

INSTANTIATE_TEST_SUITE_P(
    Updates, CurrentLimitsTest,
    testing::Values(
        Case{"nothing", {kHalf, kSecond}, {}, {}},
        Case{"a_quota", {kHalf, kSecond}, {.cpu = {.quota = 600'000}}, {Period(kSecond), Quota(600'000)}},
        Case{"a_period",
             {kHalf, kSecond},
             {.cpu = {.period = 250'000}},
             {Period(250'000), Quota(2 * kSecond)}},
        Case{"a_period_without_a_quota",
             {},
             {.cpu = {.period = 250'000}},
             {Period(250'000), Quota(kInfinity)}},
        Case{"both",
             {kHalf, kSecond},
             {.cpu = {.quota = 10'000, .period = 50'000}},
             {Period(50'000), Quota(200'000)}},
        Case{"no_quota", {kHalf, kSecond}, {.cpu = {.quota = -1}}, {Period(kSecond), Quota(kInfinity)}},
        Case{"burst_alone", {kHalf, kSecond}, {.cpu = {.burst = 1000}}, {}},
        Case{"period_and_burst",
             {kHalf, kSecond},
             {.cpu = {.burst = 500'000, .period = 900'000}},
             {Period(900'000), Quota(560'000)}},
        Case{"shares_rewrite_the_quota",
             {kHalf, kSecond},
             {.cpu = {.shares = 1024}},
             {Weight(100), Period(kSecond), Quota(500'000)}},
        Case{"niceness_rewrites_the_quota",
             {kHalf, kSecond},
             {.unified = {{"cpu.weight.nice", "5"}}},
             {Period(kSecond), Quota(500'000), Weight(33)}},
        Case{"shares_without_a_quota", {}, {.cpu = {.shares = 1024}}, {Weight(100)}},
        Case{"unified_quota",
             {kHalf, kSecond},
             {.unified = {{"cpu.max", "600000"}}},
             {Period(kSecond), Quota(600'000)}},
        Case{"unified_quota_and_a_period",
             {kHalf, kSecond},
             {.cpu = {.period = 200'000}, .unified = {{"cpu.max", "max"}}},
             {Period(200'000), Quota(2'500'000), Period(200'000), Quota(kInfinity)}},
        Case{"unified_both",
             {kHalf, kSecond},
             {.unified = {{"cpu.max", "10000 20000"}}},
             {Period(20'000), Quota(500'000)}},
        Case{"idle", {}, {.cpu = {.idle = 1}}, {Weight(0)}},
        Case{"idle_no_more", {.idle = true}, {.cpu = {.idle = 0}}, {Weight(100)}},
        Case{"idle_no_more_with_shares", {.idle = true}, {.cpu = {.shares = 2, .idle = 0}}, {Weight(1)}},
        Case{"never_idle", {}, {.cpu = {.idle = 0}}, {}},
        Case{"unified_idle_no_more", {.idle = true}, {.unified = {{"cpu.idle", "0"}}}, {Weight(100)}},
        Case{"memory_leaves_swap", {}, {.memory = {.limit = 4096}}, {{"MemoryMax", uint64_t{4096}}}}),
    [](const auto& test) { return test.param.name; });

TEST(CurrentLimitsTest, AFileSaysTheSame) {
  const spec::Resources quota = Complete({.cpu = {.quota = 33'333}}, {kHalf, kSecond});
  EXPECT_EQ(quota.cpu.period, kSecond);
  const spec::Resources period = Complete({.cpu = {.period = 50'000}}, {33'333, 100'000});
  EXPECT_EQ(period.cpu.quota, 33'333);  // not what systemd rounds it to
  const spec::Resources shares = Complete({.cpu = {.shares = 7}}, {.idle = true});
  EXPECT_EQ(shares.cpu.idle, 0);  // else the kernel refuses them
  EXPECT_FALSE(Complete({.pids_limit = 4}, {kHalf, kSecond}).cpu.quota.has_value());
}

TEST(CurrentLimitsTest, NicenessEndsIdleness) {
  EXPECT_EQ(Complete({.unified = {{"cpu.weight.nice", "0"}}}, {.idle = true}).cpu.idle, 0);
}

TEST(CurrentLimitsTest, ThePeriodIsTheUnitsWhereThereWasNoQuota) {
  EXPECT_TRUE(NeedsPeriodOfUnit({.cpu = {.quota = 4000}}, {}));
  EXPECT_TRUE(NeedsPeriodOfUnit({.unified = {{"cpu.max", "4000"}}}, {}));
  EXPECT_FALSE(NeedsPeriodOfUnit({.cpu = {.quota = 4000}}, {kHalf, kSecond}));
  EXPECT_FALSE(NeedsPeriodOfUnit({.cpu = {.quota = 4000, .period = 9000}}, {}));
  EXPECT_FALSE(NeedsPeriodOfUnit({.cpu = {.shares = 7}}, {}));
}

TEST(CurrentLimitsTest, ANewWeightLeavesThoseOfDisks) {
  const CurrentLimits current = {.bfq_weight = "default 100\n254:0 400\n8:16 30"};
  const spec::Resources whole =
      Complete({.block_io = {.weight = 500, .weight_device = {{8, 16, 60, {}}}}}, current);
  ASSERT_EQ(whole.block_io.weight_device.size(), 3u);
  EXPECT_EQ(whole.block_io.weight_device[0].major, 254);
  EXPECT_EQ(whole.block_io.weight_device[0].weight, 400);
  EXPECT_EQ(whole.block_io.weight_device[2].weight, 60);
  EXPECT_TRUE(Complete({.pids_limit = 4}, current).block_io.weight_device.empty());
}

}  // namespace
}  // namespace tare::systemd
