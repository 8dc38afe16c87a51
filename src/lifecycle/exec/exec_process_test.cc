#include "lifecycle/exec/exec_process.h"

#include <gtest/gtest.h>

namespace tare::lifecycle {
namespace {

TEST(ParseUser, TakesNumbers) {
  spec::User user{.uid = 7, .gid = 8};
  ASSERT_TRUE(ParseUser("1", user).ok());
  EXPECT_EQ(user.uid, 1u);
  EXPECT_EQ(user.gid, 8u) << "without a gid the container's stays";
  ASSERT_TRUE(ParseUser("4294967294:100", user).ok());
  EXPECT_EQ(user.uid, 4294967294u);
  EXPECT_EQ(user.gid, 100u);
}

TEST(ParseUser, RefusesAllElse) {
  for (const char* text : {"", ":", "1:", ":1", "root", "1:x", "-1", "+1", " 1", "1 ", "4294967295",
                           "1:4294967295", "4294967296", "1:2:3", "0x1"}) {
    spec::User user;
    EXPECT_FALSE(ParseUser(text, user).ok()) << text;
  }
}

}  // namespace
}  // namespace tare::lifecycle
