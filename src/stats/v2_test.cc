// Statistics out of a directory that looks like a cgroup.
#include "stats/v2.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tare::stats::v2 {
namespace {

class V2StatsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(mkdtemp(path_.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(path_); }
  void Put(const std::string& file, const std::string& text) { std::ofstream(path_ + "/" + file) << text; }

  std::string path_ = "/tmp/tare-stats-XXXXXX";
};

TEST_F(V2StatsTest, OfControllersThatAreNotThereAreZero) {
  const spec::Stats stats = ReadStats(path_).value();
  EXPECT_EQ(stats.cpu.total, 0U);
  EXPECT_EQ(stats.memory.memory.limit, 0U);
  EXPECT_FALSE(stats.cpu.pressure);
  EXPECT_TRUE(stats.memory.raw.empty());
  EXPECT_TRUE(stats.hugepages.empty());
}

TEST_F(V2StatsTest, CpuTimeIsInNanoseconds) {
  Put("cpu.stat",
      "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 3\nthrottled_usec 2\n"
      "nr_bursts 1\nburst_usec 5\n");
  Put("cpu.pressure", "some avg10=1.00 avg60=0.00 avg300=0.00 total=7\n");
  const spec::CpuStats cpu = ReadStats(path_).value().cpu;
  EXPECT_EQ(cpu.total, 30000U);
  EXPECT_EQ(cpu.user, 20000U);
  EXPECT_EQ(cpu.kernel, 10000U);
  EXPECT_EQ(cpu.periods, 4U);
  EXPECT_EQ(cpu.throttled_periods, 3U);
  EXPECT_EQ(cpu.throttled_time, 2000U);
  EXPECT_EQ(cpu.bursts, 1U);
  EXPECT_EQ(cpu.burst_time, 5000U);
  EXPECT_EQ(cpu.pressure->some.total, 7U);
}

TEST_F(V2StatsTest, MemoryAndSwapAreAlsoCountedTogether) {
  Put("memory.current", "100\n");
  Put("memory.max", "1000\n");
  Put("memory.peak", "200\n");
  Put("memory.swap.current", "10\n");
  Put("memory.swap.max", "500\n");
  Put("memory.stat", "anon 60\nfile 40\n");
  Put("memory.events", "low 0\noom_kill 2\n");
  spec::MemoryStats memory = ReadStats(path_).value().memory;
  EXPECT_EQ(memory.memory.usage, 100U);
  EXPECT_EQ(memory.memory.peak, 200U);
  EXPECT_EQ(memory.swap.usage, 10U);
  EXPECT_EQ(memory.memory_and_swap.usage, 110U);
  EXPECT_EQ(memory.memory_and_swap.limit, 1500U);
  EXPECT_EQ(memory.memory_and_swap.peak, 0U);
  EXPECT_EQ(memory.cache, 40U);
  EXPECT_EQ(memory.events["oom_kill"], 2U);
  Put("memory.swap.max", "max\n");
  EXPECT_EQ(ReadStats(path_).value().memory.memory_and_swap.limit, spec::kUnlimited);
}

TEST_F(V2StatsTest, PidsWithoutALimit) {
  Put("pids.current", "3\n");
  Put("pids.max", "max\n");
  EXPECT_EQ(ReadStats(path_).value().pids.current, 3U);
  EXPECT_EQ(ReadStats(path_).value().pids.limit, 0U);
}

TEST_F(V2StatsTest, IoGoesByV1sOperations) {
  Put("io.stat", "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
  const spec::IoStats io = ReadStats(path_).value().io;
  ASSERT_EQ(io.service_bytes.size(), 3U);
  EXPECT_EQ(io.service_bytes[1].operation, "Write");
  EXPECT_EQ(io.service_bytes[1].value, 2U);
  EXPECT_EQ(io.serviced[0].value, 3U);
}

TEST_F(V2StatsTest, WhatCannotBeReadIsNotZero) {
  std::filesystem::create_directory(path_ + "/memory.current");
  EXPECT_FALSE(ReadStats(path_).ok());
}

}  // namespace
}  // namespace tare::stats::v2
