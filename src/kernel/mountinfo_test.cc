#include "kernel/mountinfo.h"

#include <gtest/gtest.h>

namespace tare::kernel {
namespace {

TEST(MountinfoTest, FieldsOfALine) {
  const std::vector<MountinfoEntry> mounts = ParseMountinfo(
      "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
      "31 20 0:31 /sub /sys/fs/res\\040ctrl\\134 rw,nosuid shared:9 master:2 - cgroup cgroup "
      "rw,cpu,cpuacct\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].point(), "/");
  EXPECT_EQ(mounts[1].id, "31");
  EXPECT_EQ(mounts[1].root, "/sub");
  EXPECT_EQ(mounts[1].point(), "/sys/fs/res ctrl\\");
  EXPECT_EQ(mounts[1].type, "cgroup");
  EXPECT_EQ(mounts[1].filesystem_options, "rw,cpu,cpuacct");
}

TEST(MountinfoTest, OtherLinesAreLeftOut) {
  EXPECT_TRUE(ParseMountinfo("").empty());
  EXPECT_TRUE(ParseMountinfo("20 1 8:1 / / rw shared:1\nodd - ext4 a rw\n20 1 8:1 / / rw - ext4\n").empty());
}

}  // namespace
}  // namespace tare::kernel
