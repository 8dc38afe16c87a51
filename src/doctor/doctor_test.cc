#include <gtest/gtest.h>

#include <set>

#include "doctor/document.h"
#include "doctor/examine.h"
#include "doctor/tool.h"

namespace tare::doctor {
namespace {

TEST(Probes, HaveNamesOfTheirOwnAndAreGroupedByArea) {
  std::set<std::string> names;
  std::set<std::string> areas;
  std::string area;
  for (const Probe& probe : Probes()) {
    EXPECT_TRUE(names.emplace(probe.name).second) << probe.name;
    EXPECT_FALSE(probe.purpose.empty()) << probe.name;
    if (probe.area != area) {
      EXPECT_TRUE(areas.emplace(probe.area).second) << probe.name;
    }
    area = std::string(probe.area);
  }
}

TEST(Probes, AreForRootOrForUsers) {
  const Probe roots{.run = nullptr, .needed = Needed::kByRoot, .who = Who::kRoot};
  EXPECT_TRUE(IsFor(roots, {.is_root = true}));
  EXPECT_FALSE(IsFor(roots, {.is_root = false}));
  EXPECT_TRUE(IsNeeded(roots, {.is_root = true}));
  EXPECT_FALSE(IsNeeded(roots, {.is_root = false}));
  const Probe everybodys{.run = nullptr, .needed = Needed::kByUser};
  EXPECT_TRUE(IsFor(everybodys, {.is_root = false}));
  EXPECT_TRUE(IsNeeded(everybodys, {.is_root = false}));
  EXPECT_FALSE(IsNeeded(everybodys, {.is_root = true}));
}

TEST(Doctor, OnlyWhatIsNeededAndMissingIsIllness) {
  const Probe& probe = Probes().front();
  EXPECT_TRUE(IsHealthy({{&probe, true, Ok()}, {&probe, false, Missing("gone", "buy one")}}));
  EXPECT_TRUE(IsHealthy({{&probe, true, Limited("slow", "wait")}}));
  EXPECT_FALSE(IsHealthy({{&probe, true, Missing("gone", "buy one")}}));
}

TEST(Doctor, DocumentLeavesOutWhatIsEmpty) {
  const Probe probe{
      .area = "a", .name = "n", .purpose = "p", .run = nullptr, .needed = Needed::kNo, .who = Who::kAll};
  EXPECT_EQ(Document({.is_root = false}, {{&probe, true, Missing("why", "")}}), R"({
  "caller": "user",
  "defaultContainer": false,
  "findings": [
    {
      "area": "a",
      "name": "n",
      "verdict": "missing",
      "neededFor": "p",
      "needed": true,
      "detail": "why"
    }
  ]
}
)");
}

TEST(Tool, IsRun) {
  const StatusOr<ToolOutput> output = RunTool({"sh", "-c", "echo one; echo two >&2; exit 3"});
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->code, 3);
  EXPECT_EQ(output->text, "one\ntwo\n");
  EXPECT_EQ(LastLine(output->text), "two");
  EXPECT_EQ(RunTool({"/no/such/tool"})->code, 127);
  EXPECT_EQ(LastLine(" \n"), "");
}

}  // namespace
}  // namespace tare::doctor
