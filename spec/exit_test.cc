#include "spec/exit.h"

#include <gtest/gtest.h>

namespace tare::spec {
namespace {

constexpr char kJson[] =
    R"({"pid":4242,"status":137,"at":"2026-01-02T03:04:05.000000006Z","oomKilled":true})";

TEST(Exit, SurvivesTheRoundTrip) {
  StatusOr<Exit> exit = ParseExit(kJson, "exit.json");
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(exit->pid, 4242);
  EXPECT_EQ(exit->status, 137);
  EXPECT_EQ(exit->at, "2026-01-02T03:04:05.000000006Z");
  EXPECT_TRUE(exit->oom_killed);
  EXPECT_EQ(ExitJson(*exit), kJson);
}

TEST(Exit, DamagedOnesAreRefused) {
  EXPECT_EQ(ParseExit("{}", "exit.json").status().message(), "exit.json: /pid: is required");
  EXPECT_FALSE(ParseExit(R"({"pid":1,"status":256,"at":""})", "exit.json").ok());
  EXPECT_FALSE(ParseExit("", "exit.json").ok());
}

}  // namespace
}  // namespace tare::spec
