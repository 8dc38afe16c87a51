#include "spec/version.h"

#include <gtest/gtest.h>

namespace tare::spec {
namespace {

TEST(SemanticVersion, Accepts) {
  for (const char* text : {"1.0.0", "1.0.2-dev", "1.3.0+dev", "1.0.0-rc.5", "10.20.30", "1.0.0-alpha.0",
                           "1.0.0--", "1.0.0-0a", "1.0.0+001.x-y", "1.2.3-rc.1+build.5"}) {
    EXPECT_TRUE(IsSemanticVersion(text)) << text;
  }
}

TEST(SemanticVersion, Refuses) {
  for (const char* text : {"", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.00.0", "1.0.0-", "1.0.0+",
                           "1.0.0-01", "1.0.0-a..b", "1.0.0 ", "1.-1.0", "1.0.0-rc_1", "1.0.0+a+b", "1..0"}) {
    EXPECT_FALSE(IsSemanticVersion(text)) << text;
  }
}

}  // namespace
}  // namespace tare::spec
