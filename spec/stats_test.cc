#include "spec/stats.h"

#include <gtest/gtest.h>

namespace tare::spec {
namespace {

TEST(StatsEvent, OfNothingHasWhatReadersLookFor) {
  EXPECT_EQ(StatsEventJson("c1", {}),
            R"({"type":"stats","id":"c1","data":{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},)"
            R"("cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,)"
            R"("memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,)"
            R"("sched_relax_domain_level":0},)"
            R"("memory":{"usage":{"limit":0,"failcnt":0},"swap":{"limit":0,"failcnt":0},)"
            R"("kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0}},)"
            R"("pids":{},"blkio":{},"hugetlb":{},"intel_rdt":{},"network_interfaces":null}})");
}

TEST(StatsEvent, HasTheNamesOfRunc) {
  Stats stats;
  stats.cpu = {.total = 30, .kernel = 10, .user = 20, .per_cpu = {1, 2}, .periods = 5, .throttled_time = 7};
  stats.cpu.pressure = Pressure{.some = {.average10 = 1.5, .total = 9}, .full = {}};
  stats.cpuset = {.cpus = {0, 1}, .mems = {0}, .flags = {{"sched_relax_domain_level", -1}}};
  stats.memory.memory = {.usage = 1, .peak = 2, .limit = kUnlimited, .failures = 3};
  stats.memory.raw = {{"anon", 4096}};
  stats.memory.events = {{"oom_kill", 1}};
  stats.pids = {.current = 3, .limit = 10};
  stats.io.service_bytes = {{.major = 8, .minor = 0, .operation = "Read", .value = 512}};
  stats.hugepages = {{"2MB", {.usage = 2097152, .limit = 4194304, .failures = 1}}};
  stats.rdt = {
      .cache = RdtShare{.mask = "fffff", .limits = {{"num_closids", 16}}, .root_schema = "L3:0=fffff"},
      .bandwidth = RdtShare{.limits = {{"delay_linear", 0}, {"min_bandwidth", 10}}, .schema = "MB:0=20"},
      .traffic = {{.total = 2, .local = 1}, {}},
      .occupancy = {4096}};
  const std::string json = StatsEventJson("c", stats);
  for (
      const char* part : {
          R"("cpu":{"usage":{"total":30,"percpu":[1,2],"kernel":10,"user":20},)"
          R"("throttling":{"periods":5,"throttledTime":7},"psi":{"some":{"avg10":1.5,)",
          R"("cpuset":{"cpus":[0,1],"mems":[0],)",
          R"("sched_relax_domain_level":-1)",
          R"("usage":{"limit":18446744073709551615,"usage":1,"max":2,"failcnt":3})",
          R"("raw":{"anon":4096},"event_count":{"out_of_memory_kill":1})",
          R"("pids":{"current":3,"limit":10})",
          R"("ioServiceBytesRecursive":[{"major":8,"op":"Read","value":512}])",
          R"("hugetlb":{"2MB":{"usage":2097152,"failcnt":1}})",
          R"("intel_rdt":{"l3_cache_info":{"cbm_mask":"fffff","num_closids":16},"l3_cache_schema_root":"L3:0=fffff",)"
          R"("mem_bw_info":{"min_bandwidth":10},"mem_bw_schema":"MB:0=20",)"
          R"("mbm_stats":[{"mbm_total_bytes":2,"mbm_local_bytes":1},{}],"cmt_stats":[{"llc_occupancy":4096}]})",
      })
    EXPECT_NE(json.find(part), std::string::npos) << part << "\nin " << json;
}

TEST(OomEvent, HasNoData) {
  EXPECT_EQ(OomEventJson("a\"b"), R"({"type":"oom","id":"a\"b"})");
}

}  // namespace
}  // namespace tare::spec
