#include "cgroup/layout.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace tare::cgroup {
namespace {

constexpr char kHybridMounts[] =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    "33 31 0:30 / /sys/fs/cgroup/systemd rw shared:10 - cgroup cgroup rw,xattr,name=systemd\n"
    "34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 master:1 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "36 31 0:32 / /mnt/second\\040memory rw - cgroup cgroup rw,memory\n";
constexpr char kHybridOwn[] =
    "5:name=systemd:/user.slice\n"
    "4:cpu,cpuacct:/\n"
    "3:memory:/user.slice/deep\n"
    "2:rdma:/\n"
    "0::/user.slice\n";

TEST(LayoutTest, HybridUsesV1AndHasTheCgroup2Beside) {
  auto layout = ParseLayout(kHybridMounts, kHybridOwn);
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_FALSE(layout->unified);
  ASSERT_EQ(layout->hierarchies.size(), 3U) << "rdma is not mounted";
  EXPECT_EQ(layout->hierarchies[0].mount_point, "/sys/fs/cgroup/systemd");
  EXPECT_EQ(layout->hierarchies[0].own, "user.slice");
  EXPECT_EQ(layout->hierarchies[1].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
  EXPECT_EQ(layout->hierarchies[1].own, "");
  EXPECT_EQ(layout->hierarchies[2].mount_point, "/sys/fs/cgroup/memory") << "the first of two mounts";
  EXPECT_EQ(layout->hierarchies[2].own, "user.slice/deep");
  ASSERT_TRUE(layout->hybrid.has_value());
  EXPECT_EQ(layout->hybrid->mount_point, "/sys/fs/cgroup/unified");
  EXPECT_EQ(layout->hybrid->own, "user.slice");
}

TEST(LayoutTest, ACgroup2ElsewhereIsSomebodyElses) {
  auto layout = ParseLayout(
      "32 31 0:29 / /mnt/cgroup2 rw - cgroup2 cgroup2 rw\n"
      "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
      "3:memory:/\n0::/\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_FALSE(layout->hybrid.has_value());
}

TEST(LayoutTest, UnifiedWhenThereIsNothingElse) {
  auto layout =
      ParseLayout("30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n", "0::/init.scope\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_TRUE(layout->unified);
  ASSERT_EQ(layout->hierarchies.size(), 1U);
  EXPECT_EQ(layout->hierarchies[0].mount_point, "/sys/fs/cgroup");
  EXPECT_EQ(layout->hierarchies[0].own, "init.scope");
}

// Docker in Docker without a cgroup namespace: the mount shows the outer container's
// part, /proc/self/cgroup all.
TEST(LayoutTest, InsideAContainerTheMountShowsAPart) {
  auto layout = ParseLayout("40 30 0:32 /docker/0123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                            "3:memory:/docker/0123/inner\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->hierarchies[0].own, "inner");
}

TEST(LayoutTest, MountPointsAreUnescaped) {
  auto layout = ParseLayout("40 30 0:32 / /a\\040b\\134c rw - cgroup cgroup rw,memory\n", "3:memory:/\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->hierarchies[0].mount_point, "/a b\\c");
}

TEST(LayoutTest, AMachineWithoutCgroupsIsAnError) {
  EXPECT_FALSE(ParseLayout("31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n", "0::/\n").ok());
  EXPECT_FALSE(ParseLayout("", "").ok());
}

TEST(LayoutTest, AnswersNothingToNonsense) {
  EXPECT_FALSE(ParseLayout("x - cgroup\n - cgroup cgroup\n", "4:cpu\n:\n").ok());
}

TEST(LayoutTest, ThisMachinesHierarchiesExist) {
  auto layout = ReadLayout();
  if (!layout.ok()) GTEST_SKIP() << layout.status();
  for (const MountedHierarchy& hierarchy : layout->hierarchies)
    EXPECT_EQ(access(absl::StrCat(hierarchy.mount_point, "/", hierarchy.own, "/cgroup.procs").c_str(), F_OK),
              0)
        << hierarchy.mount_point << " " << hierarchy.own;
}

}  // namespace
}  // namespace tare::cgroup
