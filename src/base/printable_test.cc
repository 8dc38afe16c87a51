#include "base/printable.h"

#include <gtest/gtest.h>

namespace tare {
namespace {

TEST(Printable, TextStaysAsItIs) {
  for (const char* text :
       {"", "a b", "two\nlines\tand a tab", "\"quoted\" \\", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac"})
    EXPECT_EQ(Printable(text), text);
}

TEST(Printable, ControlCharactersAreSpelledOut) {
  EXPECT_EQ(Printable("\033[2Jgone"), "\\u001b[2Jgone");
  EXPECT_EQ(Printable("a\rb\bc\x7f"), "a\\u000db\\u0008c\\u007f");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "\\u009b2J");
  EXPECT_EQ(Printable(absl::string_view("a\0b", 3)), "a\\u0000b");
}

}  // namespace
}  // namespace tare
