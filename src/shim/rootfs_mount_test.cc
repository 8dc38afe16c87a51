#include "shim/rootfs_mount.h"

#include <gtest/gtest.h>

namespace tare::shim {
namespace {

TEST(Shorten, TakesTheDirectoryThatAllHaveInCommon) {
  const ShortLower shorter =
      Shorten("/var/lib/snapshots/12/fs:/var/lib/snapshots/1/fs:/var/lib/snapshots/3/fs");
  EXPECT_EQ(shorter.directory, "/var/lib/snapshots/");
  EXPECT_EQ(shorter.lower, "12/fs:1/fs:3/fs");
}

TEST(Shorten, EndsAtAWholeName) {
  const ShortLower shorter = Shorten("/a/bc/x:/a/bd/x");
  EXPECT_EQ(shorter.directory, "/a/");
  EXPECT_EQ(shorter.lower, "bc/x:bd/x");
}

TEST(Shorten, TakesOneDirectory) {
  EXPECT_EQ(Shorten("/a/b").directory, "/a/");
  EXPECT_EQ(Shorten("/a/b").lower, "b");
}

TEST(Shorten, HasNothingInCommonToTake) {
  EXPECT_EQ(Shorten("relative:/a").directory, "");
  EXPECT_EQ(Shorten("/a:/b").directory, "/");
}

}  // namespace
}  // namespace tare::shim
