#include "session/detach_keys.h"

#include <gtest/gtest.h>

namespace tare::session {
namespace {

TEST(DetachKeys, WhatIsNoneIsRefused) {
  for (const char* text : {",", "ctrl-", "ctrl-p,", "ctrl-1", "ctrl-pq", "ab", "alt-a", "ctrl-\x7f"})
    EXPECT_FALSE(DetachKeys::Parse(text).ok()) << text;
}

// What comes through of `typed`, and "!" if the keys were found.
std::string Filtered(absl::string_view keys, std::initializer_list<absl::string_view> typed) {
  DetachKeys detach = *DetachKeys::Parse(keys);
  std::string passed;
  for (absl::string_view bytes : typed) passed += detach.Filter(bytes);
  return passed + (detach.found() ? "!" : "");
}

TEST(DetachKeys, AreControlCharactersAndOthers) {
  EXPECT_EQ(Filtered("ctrl-p,ctrl-q", {"a\x10\x11"}), "a!");
  EXPECT_EQ(Filtered("ctrl-P", {"\x10"}), "!");
  EXPECT_EQ(Filtered("ctrl-[,q", {"\x1bq"}), "!");
  EXPECT_EQ(Filtered("ctrl-@", {absl::string_view("\0", 1)}), "!");
  EXPECT_EQ(Filtered("ctrl-_", {"\x1f"}), "!");
  EXPECT_EQ(Filtered("~,.", {"~."}), "!");
}

TEST(DetachKeys, AreFoundHoweverTheyCome) {
  EXPECT_EQ(Filtered("a,b,c", {"xa", "b", "c"}), "x!");
  EXPECT_EQ(Filtered("a,a,b", {"aaab"}), "a!");
  EXPECT_EQ(Filtered("a,b,a,c", {"ababac"}), "ab!");
}

TEST(DetachKeys, ABeginningIsHeldBackAndThenPasses) {
  EXPECT_EQ(Filtered("a,b,c", {"ab"}), "");
  EXPECT_EQ(Filtered("a,b,c", {"ab", "x"}), "abx");
  EXPECT_EQ(Filtered("a,b,c", {"ab", "abx"}), "ababx");
}

TEST(DetachKeys, NoneLetEverythingPass) {
  EXPECT_EQ(Filtered("", {"a\x10\x11"}), "a\x10\x11");
}

}  // namespace
}  // namespace tare::session
