#include "cgroup/select.h"

#include <gtest/gtest.h>

namespace tare::cgroup {
namespace {

TEST(SelectTest, TheRootIsNoCgroupOfAContainer) {
  EXPECT_FALSE(Select({.container_id = "test", .cgroups_path = "/a/../.."}).ok());
}

TEST(SelectTest, TheRecordTellsTheVersion) {
  EXPECT_TRUE(Existing({{"", "/sys/fs/cgroup/x"}})->unified());
  EXPECT_FALSE(Existing({{"memory", "/sys/fs/cgroup/memory/x"}})->unified());
  EXPECT_FALSE(
      Existing({{"", "/sys/fs/cgroup/unified/x"}, {"memory", "/sys/fs/cgroup/memory/x"}})->unified());
}

TEST(SelectTest, AttachKeepsThePathsOfCoMountedControllers) {
  const Paths paths = {{"cpu", "/c/x"}, {"cpuacct", "/c/x"}, {"memory", "/m/x"}};
  EXPECT_EQ(Existing(paths)->paths(), paths);
}

TEST(SelectTest, AContainerWithoutCgroupsHasNothingToEnterOrRemove) {
  const std::unique_ptr<Manager> manager = Existing({});
  EXPECT_EQ(manager->Enter(1), absl::OkStatus());
  EXPECT_TRUE(manager->OpenEntryFds()->empty());
  EXPECT_EQ(manager->Remove(), absl::OkStatus());
  EXPECT_FALSE(manager->Pids().ok());
  EXPECT_FALSE(*manager->IsFrozen());
}

TEST(PathsBelowTest, OnePathIsForAllControllers) {
  const Paths paths = {{"cpu", "/c/x"}, {"memory", "/m/x"}};
  EXPECT_EQ(*PathsBelow(paths, {"sub"}), (Paths{{"cpu", "/c/x/sub"}, {"memory", "/m/x/sub"}}));
  EXPECT_EQ(*PathsBelow({{"", "/u/x"}}, {"/sub/"}), (Paths{{"", "/u/x/sub"}}));
  EXPECT_EQ(*PathsBelow(paths, {}), paths);
}

TEST(PathsBelowTest, NamedControllersMoveAlone) {
  const Paths paths = {{"cpu", "/c/x"}, {"cpuacct", "/c/x"}, {"memory", "/m/x"}};
  EXPECT_EQ(*PathsBelow(paths, {"cpu,cpuacct:a", "memory:b"}),
            (Paths{{"cpu", "/c/x/a"}, {"cpuacct", "/c/x/a"}, {"memory", "/m/x/b"}}));
}

TEST(PathsBelowTest, NothingClimbsOut) {
  EXPECT_FALSE(PathsBelow({{"", "/u/x"}}, {"../../etc"}).ok());
  EXPECT_FALSE(PathsBelow({{"", "/u/x"}}, {"sub/../.."}).ok());
  EXPECT_FALSE(PathsBelow({{"cpu", "/u/x"}}, {"cpu:../y"}).ok());
}

TEST(PathsBelowTest, WrongArgumentsAreErrors) {
  const Paths paths = {{"cpu", "/c/x"}, {"memory", "/m/x"}};
  EXPECT_FALSE(PathsBelow(paths, {"a", "b"}).ok());
  EXPECT_FALSE(PathsBelow(paths, {"pids:a"}).ok());
  EXPECT_FALSE(PathsBelow(paths, {":a"}).ok());
}

}  // namespace
}  // namespace tare::cgroup
