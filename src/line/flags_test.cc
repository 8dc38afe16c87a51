#include "line/flags.h"

#include <gtest/gtest.h>

#include "line/usage.h"

namespace tare::line {
namespace {

constexpr Flag kFlags[] = {
    {.name = "bundle", .alias = "b", .value = "DIR", .initial = "here"},
    {.name = "force", .alias = "f", .kind = FlagKind::kBool},
    {.name = "count", .kind = FlagKind::kInt, .initial = "7"},
    {.name = "env", .alias = "e", .kind = FlagKind::kStrings},
    {.name = "gid", .kind = FlagKind::kInts},
    {.name = "name", .is_operand = true},
};

StatusOr<Arguments> ParseWords(Order order, std::vector<std::string> line) {
  return Parse(kFlags, order, line);
}

std::string ErrorOf(Order order, std::vector<std::string> line) {
  return std::string(ParseWords(order, std::move(line)).status().message());
}

using Words = std::vector<std::string>;

TEST(Flags, EveryWayToWriteAValue) {
  for (const Words& line :
       {Words{"--bundle", "/b", "id"}, Words{"-bundle", "/b", "id"}, Words{"--bundle=/b", "id"},
        Words{"-bundle=/b", "id"}, Words{"-b", "/b", "id"}, Words{"-b=/b", "id"}, Words{"--b", "/b", "id"},
        Words{"-b", "/first", "-bundle", "/b", "id"}}) {
    StatusOr<Arguments> arguments = ParseWords(Order::kBeforeWords, line);
    ASSERT_TRUE(arguments.ok()) << arguments.status();
    EXPECT_EQ(arguments->String("bundle"), "/b");
    EXPECT_EQ(arguments->words(), Words{"id"});
  }
}

TEST(Flags, AbsentFlagsHaveTheirDefaults) {
  StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->String("bundle"), "here");
  EXPECT_EQ(arguments->Int("count"), 7);
  EXPECT_FALSE(arguments->Bool("force"));
  EXPECT_FALSE(arguments->Has("bundle"));
  EXPECT_TRUE(arguments->Strings("env").empty());
}

TEST(Flags, AnEmptyValueIsAValue) {
  StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {"--bundle=", "--env", ""});
  ASSERT_TRUE(arguments.ok());
  EXPECT_TRUE(arguments->Has("bundle"));
  EXPECT_EQ(arguments->String("bundle"), "");
  EXPECT_EQ(arguments->Strings("env"), Words{""});
}

TEST(Flags, AProgramFollowsTwoDashesAfterTheOperand) {
  struct ProgramCase {
    Words line;
    Words words;
    Words program;
  };
  const ProgramCase cases[] = {
      {{"id", "--", "ls", "-l", "--force"}, {"id"}, {"ls", "-l", "--force"}},
      {{"id", "--force", "--"}, {"id"}, {}},
      {{"--", "id"}, {"id"}, {}},
      {{"--", "id", "--", "ls"}, {"id", "--", "ls"}, {}},
      {{"--name", "id", "--", "ls"}, {"id"}, {"ls"}},
      {{"id", "--", "--", "ls"}, {"id"}, {"--", "ls"}},
  };
  for (const ProgramCase& one : cases) {
    StatusOr<Arguments> arguments = ParseWords(Order::kProgramLast, one.line);
    ASSERT_TRUE(arguments.ok()) << arguments.status();
    EXPECT_EQ(arguments->words(), one.words);
    EXPECT_EQ(arguments->program(), one.program);
  }
}

TEST(Flags, OneMayReplaceTheOperand) {
  StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {"--name=id", "--force"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->words(), Words{"id"});
  EXPECT_EQ(ErrorOf(Order::kAnywhere, {"--name", "id", "other"}),
            "\"other\" and --name \"id\" are both given: use one of them");
}

TEST(Flags, ABooleanTakesNoWord) {
  StatusOr<Arguments> arguments = ParseWords(Order::kBeforeWords, {"--force", "false"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_TRUE(arguments->Bool("force"));
  EXPECT_EQ(arguments->words(), Words{"false"});
}

TEST(Flags, TheLastBooleanCounts) {
  StatusOr<Arguments> arguments = ParseWords(Order::kBeforeWords, {"-f", "-f=False"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_FALSE(arguments->Bool("force"));
  EXPECT_TRUE(arguments->Has("force"));
}

TEST(Flags, RepeatedOnesAddUp) {
  StatusOr<Arguments> arguments =
      ParseWords(Order::kBeforeWords, {"-e", "A=1", "--env=B=2,3", "-gid", "5", "--gid=0x10", "id"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->Strings("env"), (Words{"A=1", "B=2,3"}));
  EXPECT_EQ(arguments->Ints("gid"), (std::vector<int64_t>{5, 16}));
}

TEST(Flags, AValueMayLookLikeAFlag) {
  StatusOr<Arguments> arguments =
      ParseWords(Order::kAnywhere, {"--count", "-1", "id", "--bundle", "--force"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->Int("count"), -1);
  EXPECT_EQ(arguments->String("bundle"), "--force");
  EXPECT_FALSE(arguments->Bool("force"));
}

TEST(Flags, AWordEndsThemBeforeWords) {
  StatusOr<Arguments> arguments = ParseWords(Order::kBeforeWords, {"-f", "id", "ls", "-b", "--", "-h"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->words(), (Words{"id", "ls", "-b", "--", "-h"}));
  EXPECT_FALSE(arguments->help());
  EXPECT_EQ(ParseWords(Order::kBeforeWords, {"id", "-f", "ls"})->words(), (Words{"id", "-f", "ls"}));
}

TEST(Flags, AWordDoesNotEndThemAnywhere) {
  StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {"id", "--force", "-b", "/b", "more"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_TRUE(arguments->Bool("force"));
  EXPECT_EQ(arguments->String("bundle"), "/b");
  EXPECT_EQ(arguments->words(), (Words{"id", "more"}));
}

TEST(Flags, TwoDashesEndThem) {
  for (Order order : {Order::kBeforeWords, Order::kAnywhere}) {
    StatusOr<Arguments> arguments = ParseWords(order, {"-f", "--", "--bundle", "-x"});
    ASSERT_TRUE(arguments.ok());
    EXPECT_EQ(arguments->words(), (Words{"--bundle", "-x"}));
  }
}

TEST(Flags, OneDashIsAWord) {
  StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {"-"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->words(), Words{"-"});
}

TEST(Flags, UnknownOnesAreWordsAfterAWord) {
  StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {"id", "-9", "---", "--nosuch=1"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->words(), (Words{"id", "-9", "---", "--nosuch=1"}));
  EXPECT_EQ(arguments->unknown_flags(), (Words{"-9", "---", "--nosuch=1"}));
  EXPECT_TRUE(ParseWords(Order::kAnywhere, {"--", "id", "-9"})->unknown_flags().empty());
}

TEST(Flags, HelpIsAlwaysKnown) {
  for (const char* word : {"-h", "--h", "-help", "--help"}) {
    StatusOr<Arguments> arguments = ParseWords(Order::kAnywhere, {"id", word});
    ASSERT_TRUE(arguments.ok());
    EXPECT_TRUE(arguments->help()) << word;
  }
}

TEST(Flags, ErrorsHaveTheTextsOfGo) {
  constexpr Order kOrder = Order::kAnywhere;
  EXPECT_EQ(ErrorOf(kOrder, {"-x"}), "flag provided but not defined: -x");
  EXPECT_EQ(ErrorOf(kOrder, {"--nosuch=1"}), "flag provided but not defined: -nosuch");
  EXPECT_EQ(ErrorOf(kOrder, {"--bundle"}), "flag needs an argument: -bundle");
  EXPECT_EQ(ErrorOf(kOrder, {"id", "-b"}), "flag needs an argument: -b");
  EXPECT_EQ(ErrorOf(kOrder, {"---x"}), "bad flag syntax: ---x");
  EXPECT_EQ(ErrorOf(kOrder, {"-=x"}), "bad flag syntax: -=x");
  EXPECT_EQ(ErrorOf(kOrder, {"--=x"}), "bad flag syntax: --=x");
  EXPECT_EQ(ErrorOf(kOrder, {"-f=yes"}), "invalid boolean value \"yes\" for -f: parse error");
  EXPECT_EQ(ErrorOf(kOrder, {"-f="}), "invalid boolean value \"\" for -f: parse error");
  EXPECT_EQ(ErrorOf(kOrder, {"--count", "x"}), "invalid value \"x\" for flag -count: parse error");
  EXPECT_EQ(ErrorOf(kOrder, {"--count="}), "invalid value \"\" for flag -count: parse error");
  EXPECT_EQ(ErrorOf(kOrder, {"--count=9223372036854775808"}),
            "invalid value \"9223372036854775808\" for flag -count: value out of range");
  EXPECT_EQ(ErrorOf(kOrder, {"--gid", "1,2"}), "invalid value \"1,2\" for flag -gid: parse error");
}

std::string PlainErrorOf(std::vector<std::string> line) {
  const std::optional<Mistake> mistake = MistakeOf(ParseWords(Order::kAnywhere, std::move(line)).status());
  return mistake ? PlainText(*mistake) : "no usage error";
}

TEST(Flags, ErrorsHavePlainTextsForPeople) {
  EXPECT_EQ(PlainErrorOf({"-x"}), "unknown flag -x");
  EXPECT_EQ(PlainErrorOf({"--bundel=1"}), "unknown flag --bundel; did you mean --bundle?");
  EXPECT_EQ(PlainErrorOf({"--hepl"}), "unknown flag --hepl; did you mean --help?");
  EXPECT_EQ(PlainErrorOf({"-froce"}), "unknown flag --froce; did you mean --force?");
  EXPECT_EQ(PlainErrorOf({"--nonesuch"}), "unknown flag --nonesuch");
  EXPECT_EQ(PlainErrorOf({"--bundle"}), "flag --bundle needs a value: DIR");
  EXPECT_EQ(PlainErrorOf({"id", "-b"}), "flag -b needs a value: DIR");
  EXPECT_EQ(PlainErrorOf({"---x"}), "\"---x\" is not a valid flag");
  EXPECT_EQ(PlainErrorOf({"-f=yes"}), "invalid value \"yes\" for -f: use true or false");
  EXPECT_EQ(PlainErrorOf({"--count", "x"}), "invalid value \"x\" for --count: use a whole number");
  EXPECT_EQ(PlainErrorOf({"--count=9223372036854775808"}),
            "invalid value \"9223372036854775808\" for --count: the number is out of range");
}

TEST(Flags, WordsToChooseFrom) {
  using Offered = std::vector<absl::string_view>;
  EXPECT_EQ(WordsOf({.name = "restart", .value = "no|on-failure[:N]|always", .completes = Completes::kWords}),
            (Offered{"no", "on-failure", "always"}));
  EXPECT_EQ(WordsOf({.name = "bundle", .value = "DIR"}), Offered{});
}

TEST(Flags, Integers) {
  EXPECT_EQ(*ParseInt("0"), 0);
  EXPECT_EQ(*ParseInt("+5"), 5);
  EXPECT_EQ(*ParseInt("-0x1F"), -31);
  EXPECT_EQ(*ParseInt("017"), 15);
  EXPECT_EQ(*ParseInt("0o17"), 15);
  EXPECT_EQ(*ParseInt("0B101"), 5);
  EXPECT_EQ(*ParseInt("-9223372036854775808"), INT64_MIN);
  for (const char* bad : {"", "-", "+", "--1", "+-1", "-+1", "0x", "0x-1", "08", "1 ", " 1", "1k", "0b2"}) {
    EXPECT_FALSE(ParseInt(bad).ok()) << bad;
  }
}

TEST(Flags, Booleans) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) EXPECT_TRUE(*ParseBool(yes)) << yes;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) EXPECT_FALSE(*ParseBool(no)) << no;
  for (const char* bad : {"", "yes", "tRUE", "2"}) EXPECT_FALSE(ParseBool(bad).ok()) << bad;
}

}  // namespace
}  // namespace tare::line
