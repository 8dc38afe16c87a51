#include "base/bytes.h"

#include <gtest/gtest.h>

namespace tare {
namespace {

TEST(Bytes, Sizes) {
  struct Case {
    const char* text;
    int64_t bytes;
  };
  const Case cases[] = {{"-1", -1},
                        {"0", 0},
                        {"512", 512},
                        {"512b", 512},
                        {"32k", 32768},
                        {"32K", 32768},
                        {"32kb", 32768},
                        {"32KiB", 32768},
                        {"1.5g", 1610612736},
                        {"2 m", 2097152},
                        {"1t", 1099511627776},
                        {"1P", 1125899906842624},
                        {"8191p", 8191 * 1125899906842624},
                        {"1e7", 10000000}};
  for (const Case& one : cases) {
    StatusOr<int64_t> bytes = ParseBytes(one.text);
    ASSERT_TRUE(bytes.ok()) << one.text;
    EXPECT_EQ(*bytes, one.bytes) << one.text;
  }
}

TEST(Bytes, NoSizes) {
  for (const char* bad : {"", "k", "b", "-2", "+1", "-1k", "1e", "e1", "0x10", "1.", ".5", "1..2", "1kk",
                          "1  k", "nan", "inf", "8192p", "99999999999999999999"}) {
    EXPECT_FALSE(ParseBytes(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tare
