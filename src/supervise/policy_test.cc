#include "supervise/policy.h"

#include <gtest/gtest.h>

namespace tare::supervise {
namespace {

TEST(RestartPolicy, SurvivesTheRoundTrip) {
  for (const char* text : {"no", "on-failure", "on-failure:1", "on-failure:2147483647", "always"}) {
    StatusOr<RestartPolicy> policy = ParseRestartPolicy(text);
    ASSERT_TRUE(policy.ok()) << text;
    EXPECT_EQ(PolicyName(*policy), text);
  }
}

TEST(RestartPolicy, WhatIsNoneIsRefused) {
  for (const char* text : {"", "yes", "on-failure:", "on-failure:0", "on-failure:-1", "on-failure:x",
                           "on-failure:2147483648", "always:3", "No"})
    EXPECT_FALSE(ParseRestartPolicy(text).ok()) << text;
}

bool Wants(absl::string_view policy, int status, int restarts) {
  return WantsRestart(*ParseRestartPolicy(policy), status, restarts);
}

TEST(RestartPolicy, Decides) {
  EXPECT_FALSE(Wants("no", 1, 0));
  EXPECT_TRUE(Wants("always", 0, 1000));
  EXPECT_TRUE(Wants("on-failure", 137, 1000));
  EXPECT_FALSE(Wants("on-failure", 0, 0));
  EXPECT_TRUE(Wants("on-failure:2", 1, 1));
  EXPECT_FALSE(Wants("on-failure:2", 1, 2));
}

TEST(Backoff, DoublesUpToAMinute) {
  Backoff backoff;
  const absl::Duration brief = absl::Seconds(1);
  EXPECT_EQ(backoff.Next(brief), absl::Milliseconds(100));
  EXPECT_EQ(backoff.Next(brief), absl::Milliseconds(200));
  for (int i = 0; i < 20; ++i) backoff.Next(brief);
  EXPECT_EQ(backoff.Next(brief), absl::Minutes(1));
}

TEST(Backoff, BeginsAnewAfterALongRun) {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.Next(absl::Seconds(9));
  EXPECT_EQ(backoff.Next(absl::Seconds(10)), absl::Milliseconds(100));
  EXPECT_EQ(backoff.Next(absl::Seconds(9)), absl::Milliseconds(200));
}

}  // namespace
}  // namespace tare::supervise
