#include "shim/command_line.h"

#include <gtest/gtest.h>

#include <vector>

namespace tare::shim {
namespace {

StatusOr<CommandLine> Parse(std::vector<std::string> words) {
  return ParseCommandLine(words);
}

TEST(ParseCommandLine, TakesWhatContainerdGives) {
  const StatusOr<CommandLine> line =
      Parse({"-namespace", "k8s.io", "-address", "/run/containerd/containerd.sock", "-publish-binary",
             "/usr/bin/containerd", "-id", "web", "-debug", "start"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->containerd_namespace, "k8s.io");
  EXPECT_EQ(line->address, "/run/containerd/containerd.sock");
  EXPECT_EQ(line->publish_binary, "/usr/bin/containerd");
  EXPECT_EQ(line->id, "web");
  EXPECT_TRUE(line->debug);
  EXPECT_EQ(line->action, "start");
}

TEST(ParseCommandLine, TakesGosOtherForms) {
  const StatusOr<CommandLine> line = Parse({"--namespace=a", "-debug=false", "-bundle=/b", "delete"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->containerd_namespace, "a");
  EXPECT_FALSE(line->debug);
  EXPECT_EQ(line->bundle, "/b");
  EXPECT_EQ(line->action, "delete");
}

TEST(ParseCommandLine, ServesWithoutAnAction) {
  const StatusOr<CommandLine> line = Parse({"-namespace", "a"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->action, "");
}

TEST(ParseCommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Parse({"-nonsense", "1"}).status().message(), "flag provided but not defined: -nonsense");
  EXPECT_EQ(Parse({"-id"}).status().message(), "flag needs an argument: -id");
}

}  // namespace
}  // namespace tare::shim
