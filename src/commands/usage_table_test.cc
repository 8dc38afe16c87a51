#include "commands/usage_table.h"

#include "gtest/gtest.h"

namespace tare::commands {
namespace {

TEST(UsageTable, WritesBytesInTheLargestUnitThatFits) {
  EXPECT_EQ(BytesInWords(0), "0 B");
  EXPECT_EQ(BytesInWords(1023), "1023 B");
  EXPECT_EQ(BytesInWords(1536), "1.5 KiB");
  EXPECT_EQ(BytesInWords((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(BytesInWords(uint64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(BytesInWords(UINT64_MAX), "16.0 EiB");
}

TEST(UsageTable, AlignsColumns) {
  const std::vector<ContainerUsage> containers = {
      {.id = "web",
       .usage = {.memory = 10 << 20, .memory_limit = 20 << 20, .pids = 3, .pids_limit = 100, .io_read = 4096},
       .cpu_percent = 150},
      {.id = "database", .usage = {.memory = 512, .pids = 12}}};
  EXPECT_EQ(
      UsageTable(containers),
      (std::vector<std::string>{"ID           CPU    MEMORY     LIMIT  OF LIMIT   PIDS     READ  WRITTEN",
                                "web       150.0%  10.0 MiB  20.0 MiB     50.0%  3/100  4.0 KiB      0 B",
                                "database    0.0%     512 B         -         -     12      0 B      0 B"}));
}

TEST(UsageTable, ShortensIdsToFitTheTerminal) {
  const std::vector<ContainerUsage> containers = {{.id = std::string(64, 'a')}};
  for (const std::string& line : UsageTable(containers, 80)) EXPECT_EQ(line.size(), 80) << line;
  EXPECT_EQ(UsageTable(containers, 80)[1].substr(0, 12), "aaaaaaaaaaaa");
  EXPECT_EQ(UsageTable(containers, 10)[1].substr(0, 12), "aaaaaaaaa...");
  EXPECT_EQ(UsageTable(containers)[1].substr(0, 64), std::string(64, 'a'));
}

TEST(UsageTable, SortsTheLargestFirstAndThenById) {
  const std::vector<ContainerUsage> containers = {
      {.id = "b", .usage = {.memory = 1, .pids = 5}, .cpu_percent = 3},
      {.id = "c", .usage = {.memory = 2, .pids = 5, .io_written = 9}, .cpu_percent = 1},
      {.id = "a", .usage = {.memory = 3, .pids = 5}, .cpu_percent = 2}};
  const auto sorted = [&](SortKey key) {
    std::vector<ContainerUsage> copy = containers;
    Sort(copy, key);
    return copy[0].id + copy[1].id + copy[2].id;
  };
  EXPECT_EQ(sorted(SortKey::kCpu), "bac");
  EXPECT_EQ(sorted(SortKey::kMemory), "acb");
  EXPECT_EQ(sorted(SortKey::kPids), "abc");
  EXPECT_EQ(sorted(SortKey::kIo), "cab");
  EXPECT_EQ(sorted(SortKey::kId), "abc");
}

}  // namespace
}  // namespace tare::commands
