#include "spec/supervision.h"

#include <gtest/gtest.h>

namespace tare::spec {
namespace {

constexpr char kJson[] =
    R"({"pid":7,"startTime":18446744073709551615,"started":"2026-01-02T03:04:05Z","restarts":2,)"
    R"("policy":"on-failure:3","log":"/run/log","logFiles":5,"terminal":true,"stdinOpen":true,"ended":true})";

TEST(Supervision, SurvivesTheRoundTrip) {
  StatusOr<Supervision> supervision = ParseSupervision(kJson, "record.json");
  ASSERT_TRUE(supervision.ok()) << supervision.status();
  EXPECT_EQ(supervision->restarts, 2);
  EXPECT_EQ(supervision->log_files, 5);
  EXPECT_EQ(SupervisionJson(*supervision), kJson);
}

TEST(Supervision, DamagedOnesAreRefused) {
  EXPECT_EQ(ParseSupervision("{}", "record.json").status().message(), "record.json: /pid: is required");
  EXPECT_FALSE(ParseSupervision(std::string(kJson).substr(0, 100), "record.json").ok());
}

}  // namespace
}  // namespace tare::spec
