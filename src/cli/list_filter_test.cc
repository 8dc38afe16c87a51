#include "cli/list_filter.h"

#include <gtest/gtest.h>

namespace tare::cli {
namespace {

commands::Listing Container(const char* id, spec::ContainerStatus status) {
  return {.state = {.id = id, .status = status, .bundle = "/bundles/a"}, .owner = "root"};
}

bool Matches(const std::vector<std::string>& words) {
  const StatusOr<ListFilter> filter = ListFilter::Parse(words);
  EXPECT_TRUE(filter.ok()) << filter.status();
  return filter.ok() && filter->Matches(Container("web-1", spec::ContainerStatus::kRunning));
}

TEST(ListFilter, EachKey) {
  EXPECT_TRUE(Matches({}));
  EXPECT_TRUE(Matches({"status=running"}));
  EXPECT_FALSE(Matches({"status=stopped"}));
  EXPECT_TRUE(Matches({"id=web-1"}));
  EXPECT_TRUE(Matches({"id=web-*"}));
  EXPECT_FALSE(Matches({"id=web"}));
  EXPECT_TRUE(Matches({"bundle=/bundles/*"}));
  EXPECT_FALSE(Matches({"bundle=/other"}));
  EXPECT_TRUE(Matches({"owner=root"}));
  EXPECT_FALSE(Matches({"owner=jo"}));
}

TEST(ListFilter, OneValueOfEachKeyIsEnough) {
  EXPECT_TRUE(Matches({"status=paused", "status=running"}));
  EXPECT_TRUE(Matches({"status=running", "id=web-1"}));
  EXPECT_FALSE(Matches({"status=running", "id=other"}));
}

TEST(ListFilter, Mistakes) {
  const auto error = [](const char* word) {
    return std::string(ListFilter::Parse({word}).status().message());
  };
  EXPECT_EQ(error("running"), "invalid --filter \"running\": use KEY=VALUE");
  EXPECT_EQ(error("state=running"),
            "invalid --filter \"state=running\": the keys are status, id, bundle and owner");
  EXPECT_EQ(error("status=runing"),
            "invalid --filter \"status=runing\": a status is creating, created, running, paused or stopped");
  EXPECT_EQ(error("status="),
            "invalid --filter \"status=\": a status is creating, created, running, paused or stopped");
}

}  // namespace
}  // namespace tare::cli
