#include "commands/listing.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tare::commands {
namespace {

Listing ListingWith(spec::State state) {
  return {.state = std::move(state),
          .rootfs = "/b/rootfs",
          .created = "2026-01-02T03:04:05.000000006Z",
          .owner = "root"};
}

const Listing kRunning = ListingWith({.id = "web",
                                      .status = spec::ContainerStatus::kRunning,
                                      .pid = 42,
                                      .bundle = "/b",
                                      .annotations = {{"k", "v"}}});
const Listing kStopped =
    ListingWith({.id = "web", .status = spec::ContainerStatus::kStopped, .bundle = "/b"});

TEST(StateDocument, IsLaidOutAsRuncDoes) {
  EXPECT_EQ(StateDocument(kRunning), R"({
  "ociVersion": "1.3.0",
  "id": "web",
  "pid": 42,
  "status": "running",
  "bundle": "/b",
  "rootfs": "/b/rootfs",
  "created": "2026-01-02T03:04:05.000000006Z",
  "annotations": {
    "k": "v"
  },
  "owner": "root"
}
)");
  EXPECT_NE(StateDocument(kStopped).find("\"pid\": 0,\n"), std::string::npos);
}

TEST(ListDocument, IsNullWhenEmpty) {
  EXPECT_EQ(ListDocument({}), "null");
}

TEST(ListDocument, HoldsOneObjectAContainer) {
  const nlohmann::json list = nlohmann::json::parse(ListDocument({kRunning, kStopped}));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["pid"], 42);
  EXPECT_EQ(list[1]["status"], "stopped");
  EXPECT_EQ(list[1]["owner"], "root");
}

}  // namespace
}  // namespace tare::commands
