#include "shim/kept_events.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace tare::shim {
namespace {

TEST(KeptEvents, TheNewestThousandAreKeptInOrder) {
  std::string bundle = testing::TempDir() + "kept_XXXXXX";
  ASSERT_NE(mkdtemp(bundle.data()), nullptr);
  std::vector<std::string> requests;
  for (int i = 0; i < 1002; ++i) requests.push_back(absl::StrCat("event ", i));
  ASSERT_TRUE(KeepEvents(bundle, requests).ok());
  requests.erase(requests.begin(), requests.begin() + 2);
  EXPECT_EQ(LoadKeptEvents(bundle), requests);
  DropKeptEvents(bundle);
  EXPECT_TRUE(LoadKeptEvents(bundle).empty());
  EXPECT_EQ(rmdir(bundle.c_str()), 0);
}

}  // namespace
}  // namespace tare::shim
