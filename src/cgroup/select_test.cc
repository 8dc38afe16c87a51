#include "cgroup/select.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace tare::cgroup {
namespace {

TEST(SelectTest, TheRootIsNoCgroupOfAContainer) {
  EXPECT_FALSE(Select({.container_id = "test", .cgroups_path = "/a/../.."}).ok());
}

TEST(SelectTest, ASystemdPathHasThreeParts) {
  for (const char* path : {"/a/b", "system.slice", "a:b", "a:b:c:d", "system.slice:tare:sub/x"}) {
    const Status status = Select({.container_id = "test", .cgroups_path = path, .systemd = true}).status();
    EXPECT_TRUE(
        absl::StrContains(status.message(), "expected cgroupsPath to be of format \"slice:prefix:name\""))
        << path << ": " << status;
  }
}

TEST(SelectTest, TheRecordTellsTheVersion) {
  EXPECT_TRUE((*Attach({{"", "/sys/fs/cgroup/x"}}, false))->unified());
  EXPECT_FALSE((*Attach({{"memory", "/sys/fs/cgroup/memory/x"}}, false))->unified());
  EXPECT_FALSE(
      (*Attach({{"", "/sys/fs/cgroup/unified/x"}, {"memory", "/sys/fs/cgroup/memory/x"}}, false))->unified());
}

TEST(SelectTest, AttachKeepsThePathsOfCoMountedControllers) {
  const Paths paths = {{"cpu", "/c/x"}, {"cpuacct", "/c/x"}, {"memory", "/m/x"}};
  auto manager = Attach(paths, false);
  ASSERT_TRUE(manager.ok());
  EXPECT_EQ((*manager)->paths(), paths);
}

TEST(SelectTest, AContainerWithoutCgroupsHasNothingToEnterOrRemove) {
  auto manager = Attach({}, false);
  ASSERT_TRUE(manager.ok());
  EXPECT_EQ((*manager)->Enter(1, Entry::kMemory), absl::OkStatus());
  EXPECT_TRUE((*manager)->OpenEntryFds(Entry::kAllButMemory)->empty());
  EXPECT_EQ((*manager)->Remove(), absl::OkStatus());
  EXPECT_FALSE((*manager)->Pids().ok());
  EXPECT_FALSE(*(*manager)->IsFrozen());
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
