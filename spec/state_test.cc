#include "spec/state.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tare::spec {
namespace {

const State kRunning{
    .id = "web", .status = ContainerStatus::kRunning, .pid = 42, .bundle = "/b", .annotations = {{"k", "v"}}};
const State kStopped{.id = "web", .status = ContainerStatus::kStopped, .bundle = "/b"};

TEST(StatusName, IsTheSpecsWord) {
  EXPECT_EQ(StatusName(ContainerStatus::kCreating), "creating");
  EXPECT_EQ(StatusName(ContainerStatus::kCreated), "created");
  EXPECT_EQ(StatusName(ContainerStatus::kRunning), "running");
  EXPECT_EQ(StatusName(ContainerStatus::kPaused), "paused");
  EXPECT_EQ(StatusName(ContainerStatus::kStopped), "stopped");
}

TEST(StateJson, HasThePidOnlyOfALivingProcess) {
  EXPECT_EQ(
      StateJson(kRunning),
      R"({"ociVersion":"1.3.0","id":"web","status":"running","pid":42,"bundle":"/b","annotations":{"k":"v"}})");
  EXPECT_EQ(StateJson(kStopped), R"({"ociVersion":"1.3.0","id":"web","status":"stopped","bundle":"/b"})");
}

TEST(ContainerProcessState, NamesTheDescriptorSent) {
  const nlohmann::json state = nlohmann::json::parse(ContainerProcessStateJson(kRunning, 43, "meta"));
  EXPECT_EQ(state["ociVersion"], "1.3.0");
  EXPECT_EQ(state["fds"], nlohmann::json::array({"seccompFd"}));
  EXPECT_EQ(state["pid"], 43);
  EXPECT_EQ(state["metadata"], "meta");
  EXPECT_EQ(state["state"]["id"], "web");
  EXPECT_FALSE(nlohmann::json::parse(ContainerProcessStateJson(kRunning, 43, "")).contains("metadata"));
}

TEST(StateJson, BytesThatAreNotUtf8AreReplaced) {
  State state = kStopped;
  state.bundle = "/\xff";
  EXPECT_EQ(nlohmann::json::parse(StateJson(state))["bundle"], "/\xef\xbf\xbd");
}

}  // namespace
}  // namespace tare::spec
