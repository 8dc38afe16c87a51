#include "stats/parse.h"

#include <gtest/gtest.h>

namespace tare::stats {
namespace {

// Entries as text, which gtest can show.
std::string Text(const spec::IoEntries& entries) {
  std::string text;
  for (const spec::IoEntry& entry : entries)
    text += std::to_string(entry.major) + ":" + std::to_string(entry.minor) + " " + entry.operation + " " +
            std::to_string(entry.value) + "\n";
  return text;
}

TEST(StatsText, Numbers) {
  EXPECT_EQ(ParseNumber("17\n"), 17U);
  EXPECT_EQ(ParseNumber("max\n"), spec::kUnlimited);
  EXPECT_EQ(ParseNumber("9223372036854771712"), 9223372036854771712U);
  EXPECT_EQ(ParseNumber(""), 0U);
  EXPECT_EQ(ParseNumber("some"), 0U);
  EXPECT_EQ(ParseNumbers("12 34 \n"), (std::vector<uint64_t>{12, 34}));
  EXPECT_TRUE(ParseNumbers("").empty());
}

TEST(StatsText, FlatLines) {
  const auto values = ParseFlat("anon 4096\nfile 0\n\nodd line here\nlow max\n");
  EXPECT_EQ(values.size(), 3U);
  EXPECT_EQ(values.at("anon"), 4096U);
  EXPECT_EQ(values.at("low"), spec::kUnlimited);
}

TEST(StatsText, Columns) {
  const char table[] = "cpu user system\n0 10 20\n1 30 40\n";
  EXPECT_EQ(ParseColumn(table, "user"), (std::vector<uint64_t>{10, 30}));
  EXPECT_EQ(ParseColumn(table, "system"), (std::vector<uint64_t>{20, 40}));
  EXPECT_TRUE(ParseColumn(table, "guest").empty());
  EXPECT_TRUE(ParseColumn("", "user").empty());
}

TEST(StatsText, Lists) {
  EXPECT_EQ(ParseList("0-2,7\n"), (std::vector<uint16_t>{0, 1, 2, 7}));
  EXPECT_EQ(ParseList("65535"), std::vector<uint16_t>{65535});
  EXPECT_EQ(ParseList("65534-70000").size(), 2U);
  EXPECT_TRUE(ParseList("\n").empty());
  EXPECT_TRUE(ParseList("x-y").empty());
}

TEST(StatsText, Pressures) {
  const auto pressure = ParsePressure(
      "some avg10=1.53 avg60=0.87 avg300=0.12 total=58761\nfull avg10=0.00 avg60=0.13 avg300=0.03 total=7\n");
  ASSERT_TRUE(pressure);
  EXPECT_DOUBLE_EQ(pressure->some.average10, 1.53);
  EXPECT_DOUBLE_EQ(pressure->some.average60, 0.87);
  EXPECT_DOUBLE_EQ(pressure->some.average300, 0.12);
  EXPECT_EQ(pressure->some.total, 58761U);
  EXPECT_DOUBLE_EQ(pressure->full.average60, 0.13);
  EXPECT_EQ(pressure->full.total, 7U);
  EXPECT_FALSE(ParsePressure(""));
}

TEST(StatsText, IoOfV2) {
  const char text[] =
      "254:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=3 dios=4\n8:16 \n7:1 rbytes=5 cost.usage=9\n";
  EXPECT_EQ(Text(ParseIoStat(text, {{"rbytes", "Read"}, {"wbytes", "Write"}})),
            "254:0 Read 10\n254:0 Write 20\n7:1 Read 5\n");
  EXPECT_EQ(Text(ParseIoStat("", {{"rbytes", "Read"}})), "");
}

TEST(StatsText, IoOfV1) {
  EXPECT_EQ(Text(ParseBlkio("8:0 Read 512\n8:0 Total 512\n8:16 99\nTotal 611\n")),
            "8:0 Read 512\n8:0 Total 512\n8:16  99\n");
}

TEST(StatsText, Rdma) {
  const auto entries = ParseRdma("mlx4_0 hca_handle=2 hca_object=max\nocrdma1 hca_handle=3 \n");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].device, "mlx4_0");
  EXPECT_EQ(entries[0].handles, 2U);
  EXPECT_EQ(entries[0].objects, UINT32_MAX);
  EXPECT_EQ(entries[1].handles, 3U);
}

TEST(StatsText, HugepageSizes) {
  EXPECT_EQ(HugepageSize("hugepages-64kB"), "64KB");
  EXPECT_EQ(HugepageSize("hugepages-2048kB"), "2MB");
  EXPECT_EQ(HugepageSize("hugepages-1048576kB"), "1GB");
  EXPECT_EQ(HugepageSize(".."), "");
}

}  // namespace
}  // namespace tare::stats
