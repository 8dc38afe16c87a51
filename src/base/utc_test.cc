#include "base/utc.h"

#include "gtest/gtest.h"

namespace tare {
namespace {

TEST(UtcTime, IsThatOfGmtime) {
  for (std::time_t seconds : {std::time_t{0}, std::time_t{951'782'399}, std::time_t{951'782'400},
                              std::time_t{1'709'251'199}, std::time_t{4'107'542'400}, std::time_t{-1}}) {
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    EXPECT_EQ(UtcTime(seconds), text);
  }
}

TEST(UtcTime, HasNineDigitsOfTheSecond) {
  EXPECT_EQ(UtcTime(timespec{.tv_sec = 0, .tv_nsec = 0}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(UtcTime(timespec{.tv_sec = 1'709'251'199, .tv_nsec = 1}), "2024-02-29T23:59:59.000000001Z");
}

}  // namespace
}  // namespace tare
