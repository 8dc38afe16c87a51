#include "systemd/properties.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tare::systemd {
namespace {

using dbus::Pairs;
using dbus::Property;
using dbus::Value;

// Without what every container has.
std::vector<Property> Limits(const spec::Resources& resources, Files files = Files::kV2) {
  auto properties = PropertiesOf(resources, false, files);
  EXPECT_TRUE(properties.ok()) << properties.status();
  if (!properties.ok()) return {};
  std::erase_if(*properties, [](const Property& one) { return one.name.starts_with("Device"); });
  return *properties;
}

Value DevicePolicyOf(const std::vector<spec::DeviceRule>& rules) {
  return DeviceProperties(rules)[0].value;
}

TEST(PropertiesTest, Memory) {
  EXPECT_EQ(
      Limits({.memory = {.limit = 1000, .reservation = 500, .swap = 1500}}),
      (std::vector<Property>{
          {"MemoryMax", uint64_t{1000}}, {"MemoryLow", uint64_t{500}}, {"MemorySwapMax", uint64_t{500}}}));
  EXPECT_EQ(Limits({.memory = {.limit = -1}}),
            (std::vector<Property>{{"MemoryMax", kInfinity}, {"MemorySwapMax", kInfinity}}));
  EXPECT_EQ(Limits({.memory = {.limit = 1000, .swap = -1}}),
            (std::vector<Property>{{"MemoryMax", uint64_t{1000}}, {"MemorySwapMax", kInfinity}}));
}

TEST(PropertiesTest, Cpu) {
  EXPECT_EQ(Limits({.cpu = {.shares = 1024, .quota = 50000, .period = 100000}}),
            (std::vector<Property>{{"CPUWeight", uint64_t{100}},
                                   {"CPUQuotaPeriodUSec", uint64_t{100000}},
                                   {"CPUQuotaPerSecUSec", uint64_t{500000}}}));
  EXPECT_EQ(Limits({.cpu = {.quota = -1}}), (std::vector<Property>{{"CPUQuotaPerSecUSec", kInfinity}}));
  EXPECT_EQ(Limits({.cpu = {.idle = 1}}), (std::vector<Property>{{"CPUWeight", uint64_t{0}}}));
  // 33.333 % is kept as 34 %: never less than was asked for.
  EXPECT_EQ(Limits({.cpu = {.quota = 33333, .period = 100000}}).back(),
            (Property{"CPUQuotaPerSecUSec", uint64_t{340000}}));
}

TEST(PropertiesTest, OomPolicyIsForANewScope) {
  const spec::Resources group = {.unified = {{"memory.oom.group", "1"}}};
  EXPECT_EQ(Limits(group), (std::vector<Property>{{"OOMPolicy", std::string("kill")}}));
  EXPECT_TRUE(PropertiesOf(group, true, Files::kV2)->empty());
}

TEST(PropertiesTest, Niceness) {
  for (const auto& [nice, weight] : {std::pair<const char*, uint64_t>{"-20", 8668}, {"0", 100}, {"19", 1}})
    EXPECT_EQ(Limits({.unified = {{"cpu.weight.nice", nice}}}),
              (std::vector<Property>{{"CPUWeight", weight}}));
  for (const char* nice : {"", "x", "-21", "20"})
    EXPECT_FALSE(PropertiesOf({.unified = {{"cpu.weight.nice", nice}}}, true, Files::kV2).ok()) << nice;
}

TEST(PropertiesTest, V1HasItsOwnWords) {
  EXPECT_EQ(Limits({.memory = {.limit = 4096, .reservation = 1024, .swap = 8192},
                    .cpu = {.shares = 512, .quota = 5000, .period = 10000, .cpus = "0"},
                    .block_io = {.weight = 70},
                    .pids_limit = -1},
                   Files::kV1),
            (std::vector<Property>{{"MemoryLimit", uint64_t{4096}},
                                   {"CPUShares", uint64_t{512}},
                                   {"BlockIOWeight", uint64_t{70}},
                                   {"CPUQuotaPeriodUSec", uint64_t{10000}},
                                   {"CPUQuotaPerSecUSec", uint64_t{500000}},
                                   {"TasksMax", kInfinity}}));
  EXPECT_EQ(Limits({.memory = {.limit = -1}}, Files::kV1),
            (std::vector<Property>{{"MemoryLimit", kInfinity}}));
}

// BFQ_WEIGHT() of systemd, which makes what was asked for of it again.
uint64_t BfqWeightOf(uint64_t io_weight) {
  return io_weight <= 100 ? 100 - (100 - io_weight) : 100 + (io_weight - 100) * (1000 - 100) / (10000 - 100);
}

TEST(PropertiesTest, WeightsForBfq) {
  for (uint64_t weight = 1; weight <= 1000; ++weight) EXPECT_EQ(BfqWeightOf(IoWeightForBfq(weight)), weight);
  EXPECT_EQ(Limits({.block_io = {.weight = 500}}, Files::kV2WithBfq),
            (std::vector<Property>{{"IOWeight", uint64_t{4500}}}));
}

TEST(PropertiesTest, UnifiedWeights) {
  EXPECT_EQ(Limits({.unified = {{"io.weight", "8:0 300\ndefault 200"}, {"cpu.weight", "7"}}}),
            (std::vector<Property>{{"CPUWeight", uint64_t{7}}, {"IOWeight", uint64_t{200}}}));
  EXPECT_EQ(Limits({.unified = {{"io.bfq.weight", "500"}}}),
            (std::vector<Property>{{"IOWeight", uint64_t{4500}}}));
  for (const char* bad : {"0", "10001", "max", "-1", "idle"})
    EXPECT_FALSE(PropertiesOf(spec::Resources{.unified = {{"cpu.weight", bad}}}, true, Files::kV2).ok())
        << bad;
}

TEST(PropertiesTest, UnifiedWordsThatAreNoNumbers) {
  EXPECT_EQ(Limits({.unified = {{"memory.zswap.writeback", "0"}, {"pids.max", "0"}}}),
            (std::vector<Property>{{"MemoryZSwapWriteback", false}, {"TasksMax", uint64_t{1}}}));
  EXPECT_FALSE(PropertiesOf(spec::Resources{.unified = {{"cpu.max", "5000 max"}}}, true, Files::kV2).ok());
}

TEST(PropertiesTest, CpusetsTasksAndIo) {
  EXPECT_EQ(Limits({.cpu = {.cpus = "0-2,9", .mems = "0"}}),
            (std::vector<Property>{{"AllowedCPUs", std::vector<uint8_t>{7, 2}},
                                   {"AllowedMemoryNodes", std::vector<uint8_t>{1}}}));
  EXPECT_EQ(Limits({.pids_limit = 5}), (std::vector<Property>{{"TasksMax", uint64_t{5}}}));
  EXPECT_EQ(Limits({.pids_limit = 0}), (std::vector<Property>{{"TasksMax", uint64_t{1}}}));
  EXPECT_EQ(Limits({.pids_limit = -1}), (std::vector<Property>{{"TasksMax", kInfinity}}));
  EXPECT_EQ(Limits({.block_io = {.weight = 1000}}), (std::vector<Property>{{"IOWeight", uint64_t{10000}}}));
}

TEST(PropertiesTest, Unified) {
  EXPECT_EQ(
      Limits({.unified =
                  {{"cpu.max", "max 50000"}, {"memory.high", "max"}, {"misc.max", "x"}, {"pids.max", "9"}}}),
      (std::vector<Property>{{"CPUQuotaPeriodUSec", uint64_t{50000}},
                             {"CPUQuotaPerSecUSec", kInfinity},
                             {"MemoryHigh", kInfinity},
                             {"TasksMax", uint64_t{9}}}));
  for (const auto& [file, value] : std::map<std::string, std::string>{{"cpu.max", "a"},
                                                                      {"cpu.max ", ""},
                                                                      {"memory.max", "1G"},
                                                                      {"cpuset.cpus", "3-1"},
                                                                      {"cpu.weight", ""}}) {
    if (file == "cpu.max ") continue;
    EXPECT_FALSE(PropertiesOf(spec::Resources{.unified = {{file, value}}}, false, Files::kV2).ok()) << file;
  }
}

TEST(PropertiesTest, UnifiedIsReadLineByLine) {
  EXPECT_EQ(Limits({.unified = {{"cpu.max", "max\n"},
                                {"io.max", "8:0 rbps=1\n8:16 rbps=1\n"},
                                {"pids.max", "\n9\n"}}}),
            (std::vector<Property>{{"CPUQuotaPerSecUSec", kInfinity}, {"TasksMax", uint64_t{9}}}));
}

// systemd's list must never be narrower than the rules: it is there where it can say the same,
// and nowhere else.
TEST(PropertiesTest, DevicesThatSystemdCanList) {
  EXPECT_EQ(DevicePolicyOf({}), Value("strict"));
  const std::vector<Property> listed =
      DeviceProperties({{.allow = false},
                        {.allow = true, .type = 'c', .major = 10, .minor = 200, .access = "rw"},
                        {.allow = true, .type = 'b', .major = 8}});
  EXPECT_EQ(listed[0].value, Value("strict"));
  EXPECT_EQ(listed[1].value, Value(Pairs()));
  const Pairs pairs = std::get<Pairs>(listed[2].value);
  EXPECT_EQ(pairs[0], (std::pair<std::string, std::string>("/dev/char/10:200", "rw")));
  EXPECT_EQ(pairs[1], (std::pair<std::string, std::string>("block-8", "rwm")));
  EXPECT_NE(std::ranges::find(pairs, std::pair<std::string, std::string>("/dev/char/1:3", "rwm")),
            pairs.end());
}

TEST(PropertiesTest, TheDefaultDevices) {
  EXPECT_EQ(std::get<Pairs>(DeviceProperties({})[2].value), (Pairs{{"char-*", "m"},
                                                                   {"block-*", "m"},
                                                                   {"/dev/char/1:3", "rwm"},
                                                                   {"/dev/char/1:5", "rwm"},
                                                                   {"/dev/char/1:7", "rwm"},
                                                                   {"/dev/char/1:8", "rwm"},
                                                                   {"/dev/char/1:9", "rwm"},
                                                                   {"/dev/char/5:0", "rwm"},
                                                                   {"/dev/char/5:2", "rwm"},
                                                                   {"char-136", "rwm"},
                                                                   {"/dev/char/10:200", "rwm"}}));
}

TEST(PropertiesTest, ARuleForADefaultNodeStandsInItsPlace) {
  const Pairs pairs = std::get<Pairs>(
      DeviceProperties({{.allow = true, .type = 'c', .major = 1, .minor = 7, .access = "r"}})[2].value);
  const auto is_full = [](const auto& pair) { return pair.first == "/dev/char/1:7"; };
  EXPECT_EQ(pairs[0].second, "r");
  EXPECT_EQ(std::ranges::count_if(pairs, is_full), 1);
}

TEST(PropertiesTest, DevicesThatItCannot) {
  const spec::DeviceRule allowed{.allow = true, .type = 'c', .major = 10, .minor = 200, .access = "rw"};
  EXPECT_EQ(DevicePolicyOf({{.allow = true}}), Value("auto"));
  EXPECT_EQ(
      DevicePolicyOf({allowed, {.allow = false, .type = 'c', .major = 10, .minor = 200, .access = "w"}}),
      Value("auto"));
  EXPECT_EQ(DevicePolicyOf({{.allow = true, .type = 'c', .minor = 5}}), Value("auto"));
}

TEST(PropertiesTest, AnUpdateWithoutDevicesLeavesThem) {
  EXPECT_EQ(PropertiesOf(spec::Resources{.pids_limit = 3}, true, Files::kV2)->size(), 1u);
}

TEST(BitsOfTest, Lists) {
  EXPECT_EQ(*BitsOf("0,8-9"), (std::vector<uint8_t>{1, 3}));
  for (const char* bad : {"a", "1-", "-1", "1-2-3", "99999", "2-1"}) EXPECT_FALSE(BitsOf(bad).ok()) << bad;
}

}  // namespace
}  // namespace tare::systemd
