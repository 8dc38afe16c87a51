#include "base/kernel_version.h"

#include <gtest/gtest.h>

namespace tare {
namespace {

TEST(KernelVersion, IsTooOldBelow514) {
  for (const char* release :
       {"5.10.0-35-amd64", "5.13.19", "5.13", "5.4.0-208-generic", "4.18.0-553.el8.x86_64"})
    EXPECT_TRUE(IsTooOld(release)) << release;
  for (const char* release : {"5.14.0-503.11.1.el9_5.x86_64", "5.14", "5.15.0-1", "6.1.0-34-amd64", "10.0.0"})
    EXPECT_FALSE(IsTooOld(release)) << release;
}

TEST(KernelVersion, IsNotTooOldIfItCannotBeRead) {
  for (const char* release : {"", "5", "five.ten", "next-20261130"})
    EXPECT_FALSE(IsTooOld(release)) << release;
}

}  // namespace
}  // namespace tare
