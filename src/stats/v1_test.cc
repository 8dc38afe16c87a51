// Statistics out of directories that look like cgroups.
#include "stats/v1.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tare::stats::v1 {
namespace {

class V1StatsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(mkdtemp(path_.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(path_); }

  void Put(const std::string& controller, const std::string& file, const std::string& text) {
    paths_[controller] = path_ + "/" + controller;
    std::filesystem::create_directory(paths_[controller]);
    std::ofstream(paths_[controller] + "/" + file) << text;
  }

  std::string path_ = "/tmp/tare-stats-XXXXXX";
  cgroup::Paths paths_;
};

TEST_F(V1StatsTest, OfHierarchiesThatAreNotThereAreZero) {
  const spec::Stats stats = ReadStats(paths_).value();
  EXPECT_EQ(stats.cpu.total, 0U);
  EXPECT_TRUE(stats.memory.raw.empty());
  EXPECT_TRUE(stats.io.service_bytes.empty());
}

TEST_F(V1StatsTest, CpuTimeComesFromTwoControllers) {
  Put("cpuacct", "cpuacct.usage", "12345\n");
  Put("cpuacct", "cpuacct.stat", "user 2\nsystem 1\n");
  Put("cpuacct", "cpuacct.usage_percpu", "12000 345 \n");
  Put("cpuacct", "cpuacct.usage_all", "cpu user system\n0 10 20\n1 30 40\n");
  Put("cpu", "cpu.stat", "nr_periods 4\nnr_throttled 3\nthrottled_time 2\n");
  const spec::CpuStats cpu = ReadStats(paths_).value().cpu;
  EXPECT_EQ(cpu.total, 12345U);
  EXPECT_EQ(cpu.user, 2 * cpu.kernel);
  EXPECT_EQ(cpu.per_cpu, (std::vector<uint64_t>{12000, 345}));
  EXPECT_EQ(cpu.per_cpu_kernel, (std::vector<uint64_t>{20, 40}));
  EXPECT_EQ(cpu.per_cpu_user, (std::vector<uint64_t>{10, 30}));
  EXPECT_EQ(cpu.throttled_periods, 3U);
  EXPECT_EQ(cpu.throttled_time, 2U);
}

TEST_F(V1StatsTest, Cpuset) {
  Put("cpuset", "cpuset.cpus", "0-1\n");
  Put("cpuset", "cpuset.sched_load_balance", "1\n");
  Put("cpuset", "cpuset.sched_relax_domain_level", "-1\n");
  spec::CpusetStats cpuset = ReadStats(paths_).value().cpuset;
  EXPECT_EQ(cpuset.cpus, (std::vector<uint16_t>{0, 1}));
  EXPECT_EQ(cpuset.flags["sched_load_balance"], 1);
  EXPECT_EQ(cpuset.flags["sched_relax_domain_level"], -1);
}

TEST_F(V1StatsTest, Memory) {
  Put("memory", "memory.usage_in_bytes", "100\n");
  Put("memory", "memory.max_usage_in_bytes", "200\n");
  Put("memory", "memory.limit_in_bytes", "9223372036854771712\n");
  Put("memory", "memory.failcnt", "3\n");
  Put("memory", "memory.memsw.usage_in_bytes", "110\n");
  Put("memory", "memory.stat", "cache 40\nrss 60\n");
  Put("memory", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  spec::MemoryStats memory = ReadStats(paths_).value().memory;
  EXPECT_EQ(memory.memory.usage, 100U);
  EXPECT_EQ(memory.memory.peak, 200U);
  EXPECT_EQ(memory.memory.limit, 9223372036854771712U);
  EXPECT_EQ(memory.memory.failures, 3U);
  EXPECT_EQ(memory.memory_and_swap.usage, 110U);
  EXPECT_EQ(memory.cache, 40U);
  EXPECT_EQ(memory.events["oom_kill"], 2U);
}

TEST_F(V1StatsTest, WhatBfqDoesNotScheduleTheThrottlesCount) {
  Put("blkio", "blkio.bfq.io_serviced_recursive", "8:0 Read 5\nTotal 5\n");
  Put("blkio", "blkio.bfq.io_service_bytes_recursive", "Total 0\n");
  Put("blkio", "blkio.throttle.io_service_bytes_recursive", "8:0 Read 512\nTotal 512\n");
  const spec::IoStats io = ReadStats(paths_).value().io;
  ASSERT_EQ(io.serviced.size(), 1U);
  EXPECT_EQ(io.serviced[0].value, 5U);
  ASSERT_EQ(io.service_bytes.size(), 1U);
  EXPECT_EQ(io.service_bytes[0].value, 512U);
}

TEST_F(V1StatsTest, WhatCannotBeReadIsNotZero) {
  Put("memory", "memory.stat", "cache 1\n");
  std::filesystem::create_directory(paths_["memory"] + "/memory.usage_in_bytes");
  EXPECT_FALSE(ReadStats(paths_).ok());
}

}  // namespace
}  // namespace tare::stats::v1
