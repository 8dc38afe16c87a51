#include "session/record.h"

#include <gtest/gtest.h>

namespace tare::session {
namespace {

constexpr char kRecordJson[] =
    R"({"version":1,"pid":7,"startTime":18446744073709551615,"started":"2026-01-02T03:04:05Z","restarts":2,)"
    R"("policy":"on-failure:3","log":"/run/log","logFiles":5,"terminal":true,"stdinOpen":true,"ended":true})";

TEST(SupervisorRecord, SurvivesTheRoundTrip) {
  StatusOr<SupervisorRecord> record = ParseSupervisorRecord(kRecordJson, "supervisor.json");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->restarts, 2);
  EXPECT_EQ(record->log_files, 5);
  EXPECT_EQ(SupervisorRecordJson(*record), kRecordJson);
}

TEST(SupervisorRecord, DamagedOnesAreRefused) {
  EXPECT_EQ(ParseSupervisorRecord("{}", "supervisor.json").status().message(),
            "supervisor.json: /pid: is required");
  EXPECT_FALSE(ParseSupervisorRecord(std::string(kRecordJson).substr(0, 100), "supervisor.json").ok());
}

TEST(SupervisorRecord, NewerVersionsAreRefusedAndOlderOnesRead) {
  std::string json = kRecordJson;
  json.replace(json.find(":1,"), 3, ":2,");
  EXPECT_EQ(ParseSupervisorRecord(json, "supervisor.json").status(),
            absl::UnimplementedError(
                "supervisor.json: /version: 2 is newer than 1, the newest version that this tare knows"));
  json.replace(0, json.find("\"pid\""), "{");
  EXPECT_TRUE(ParseSupervisorRecord(json, "record.json").ok());
}

}  // namespace
}  // namespace tare::session
