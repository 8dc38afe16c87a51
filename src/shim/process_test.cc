#include "shim/process.h"

#include <gtest/gtest.h>

namespace tare::shim {
namespace {

TEST(Turns, BeginsAStoryWhenThoseBeforeItAreDone) {
  Turns turns;
  std::string told;
  Turns::Done first, second;
  turns.Add([&](Turns::Done done) {
    told += "a";
    first = std::move(done);
  });
  turns.Add([&](Turns::Done done) {
    told += "b";
    second = std::move(done);
  });
  EXPECT_EQ(told, "a");
  first();
  EXPECT_EQ(told, "ab");
  second();
  turns.Add([&](const Turns::Done& done) {
    told += "c";
    done();
  });
  turns.Add([&](const Turns::Done& done) {
    told += "d";
    done();
  });
  EXPECT_EQ(told, "abcd");
}

}  // namespace
}  // namespace tare::shim
