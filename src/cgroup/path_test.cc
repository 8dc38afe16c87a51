#include "cgroup/path.h"

#include <gtest/gtest.h>

namespace tare::cgroup {
namespace {

TEST(PathTest, CleanStaysBelowTheRoot) {
  EXPECT_EQ(Clean(""), "");
  EXPECT_EQ(Clean("/"), "");
  EXPECT_EQ(Clean("/docker/0123"), "docker/0123");
  EXPECT_EQ(Clean("a//b/./c/"), "a/b/c");
  EXPECT_EQ(Clean("a/b/../c"), "a/c");
  EXPECT_EQ(Clean("../../up"), "up");
  EXPECT_EQ(Clean("/a/../../../up"), "up");
  EXPECT_EQ(Clean("a/..b/c..."), "a/..b/c...");
}

TEST(PathTest, JoinKeepsWhicheverIsNotEmpty) {
  EXPECT_EQ(Join("/sys/fs/cgroup", "a"), "/sys/fs/cgroup/a");
  EXPECT_EQ(Join("/sys/fs/cgroup", ""), "/sys/fs/cgroup");
  EXPECT_EQ(Join("", "a"), "a");
  EXPECT_EQ(Join("own", "/a"), "own/a");
}

TEST(PathTest, Parent) {
  EXPECT_EQ(Parent("a/b/c"), "a/b");
  EXPECT_EQ(Parent("a"), "");
  EXPECT_EQ(Parent(""), "");
}

TEST(PathTest, BelowRootIsRelativeToWhatTheMountShows) {
  EXPECT_EQ(BelowRoot("/a/b", "/"), "a/b");
  EXPECT_EQ(BelowRoot("/", "/"), "");
  EXPECT_EQ(BelowRoot("/docker/0123/a", "/docker/0123"), "a");
  EXPECT_EQ(BelowRoot("/docker/0123", "/docker/0123"), "");
  EXPECT_EQ(BelowRoot("/docker/01234", "/docker/0123"), "") << "a name that only begins alike";
  EXPECT_EQ(BelowRoot("/other", "/docker/0123"), "");
  EXPECT_EQ(BelowRoot("/../other", "/"), "") << "outside of the cgroup namespace";
}

}  // namespace
}  // namespace tare::cgroup
