#include "session/cri.h"

#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"

namespace tare::session {
namespace {

constexpr char kTime[] = "2016-10-06T00:17:09.669794202Z";

TEST(Record, IsALineOfTheContainerRuntimeInterface) {
  std::string log;
  AppendRecord(log, {.time = kTime, .text = "whole"});
  AppendRecord(log, {.time = kTime, .stream = Stream::kStderr, .ending = Ending::kNone, .text = " part "});
  AppendRecord(log, {.time = kTime});
  EXPECT_EQ(log,
            "2016-10-06T00:17:09.669794202Z stdout F whole\n"
            "2016-10-06T00:17:09.669794202Z stderr P  part \n"
            "2016-10-06T00:17:09.669794202Z stdout F \n");
}

TEST(Record, IsReadAsItWasWritten) {
  std::optional<Record> record = ParseRecord("2016-10-06T00:17:09.669794202Z stderr P  a F b");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->time, kTime);
  EXPECT_EQ(record->stream, Stream::kStderr);
  EXPECT_EQ(record->ending, Ending::kNone);
  EXPECT_EQ(record->text, " a F b");
  EXPECT_EQ(ParseRecord("2016-10-06T00:17:09.669794202Z stdout F ")->text, "");
}

TEST(Record, WhatIsNoneIsNotRead) {
  for (const char* line :
       {"", "text", "2016-10-06T00:17:09.669794202Z", "2016-10-06T00:17:09.669794202Z stdin F x",
        "2016-10-06T00:17:09.669794202Z stdout X x", "2016-10-06T00:17:09.669794202Z stdout F",
        "2016-10-06 00:17:09.669794202Z stdout F x", "2016-10-06T00:17:09Z stdout F x"})
    EXPECT_FALSE(ParseRecord(line)) << line;
}

class LinesTest : public testing::Test {
 protected:
  void Take(absl::string_view text, Ending ending) {
    taken_.push_back(absl::StrCat(ending == Ending::kNewline ? "F" : "P", text));
  }
  void Add(absl::string_view bytes) {
    lines_.Add(bytes, [this](absl::string_view text, Ending ending) { Take(text, ending); });
  }
  void End() {
    lines_.End([this](absl::string_view text, Ending ending) { Take(text, ending); });
  }

  Lines lines_;
  std::vector<std::string> taken_;
};

TEST_F(LinesTest, AreWholeHoweverTheyCome) {
  Add("on");
  Add("e\ntwo\n\nfo");
  EXPECT_EQ(taken_, (std::vector<std::string>{"Fone", "Ftwo", "F"}));
  Add("ur");
  End();
  EXPECT_EQ(taken_.back(), "Pfour");
  End();
  EXPECT_EQ(taken_.size(), 4u);
}

TEST_F(LinesTest, AnyByteButTheNewlineIsText) {
  Add(absl::string_view("a\0b\r\xff\n", 6));
  EXPECT_EQ(taken_, (std::vector<std::string>{std::string("Fa\0b\r\xff", 6)}));
}

TEST_F(LinesTest, LongOnesAreCut) {
  Add(std::string(kMostText, 'x'));
  EXPECT_TRUE(taken_.empty());
  Add("\n");
  EXPECT_EQ(taken_, (std::vector<std::string>{"F" + std::string(kMostText, 'x')}));
  taken_.clear();
  Add(std::string(2 * kMostText, 'y') + "z\n");
  const std::string part = "P" + std::string(kMostText, 'y');
  EXPECT_EQ(taken_, (std::vector<std::string>{part, part, "Fz"}));
}

}  // namespace
}  // namespace tare::session
