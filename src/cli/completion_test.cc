#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "cli/commands.h"
#include "line/completion_words.h"

namespace tare::cli {
namespace {

using Line = std::vector<std::string>;

bool Has(const Line& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// The words that are offered, without their help. There are two containers below --root /r,
// and none elsewhere.
Line WordsFor(const Line& line) {
  const auto containers = [](const std::string& root) { return root == "/r" ? Line{"db", "web"} : Line{}; };
  Line words;
  for (absl::string_view text :
       absl::StrSplit(line::CompletionWords(Commands(), line, containers), '\n', absl::SkipEmpty()))
    words.emplace_back(text.substr(0, text.find('\t')));
  return words;
}

TEST(CompletionWords, OffersEveryCommand) {
  const Line words = WordsFor({""});
  for (const Command* command : Commands())
    EXPECT_TRUE(Has(words, std::string(command->name))) << command->name;
  EXPECT_EQ(WordsFor({"--root", "/r", "--debug", ""}), words);
  EXPECT_EQ(WordsFor({"help", ""}), words);
  EXPECT_EQ(WordsFor({"help", "run", ""}), Line{});
}

TEST(CompletionWords, OffersTheFlagsOfTheCommandOrTheGlobalOnes) {
  EXPECT_TRUE(Has(WordsFor({"run", "--"}), "--bundle"));
  EXPECT_TRUE(Has(WordsFor({"run", "--"}), "-b"));
  EXPECT_FALSE(Has(WordsFor({"run", "--"}), "--root"));
  EXPECT_TRUE(Has(WordsFor({"-"}), "--root"));
  EXPECT_TRUE(Has(WordsFor({"-"}), "--help"));
  EXPECT_FALSE(Has(WordsFor({"-"}), "--criu"));
  EXPECT_TRUE(Has(WordsFor({"delete", "web", "--f"}), "--force"));
  EXPECT_EQ(WordsFor({"exec", "web", "ls", "-"}), Line{});
  EXPECT_EQ(WordsFor({"--root", "/r", "kill", "--", "-"}), (Line{"db", "web"}));
}

TEST(CompletionWords, OffersTheValuesOfAFlag) {
  EXPECT_EQ(WordsFor({"run", "--restart", ""}), (Line{"no", "on-failure", "always"}));
  EXPECT_EQ(WordsFor({"run", "--restart=a"}), (Line{"no", "on-failure", "always"}));
  EXPECT_EQ(WordsFor({"run", "-b", "/"}), (Line{":directories"}));
  EXPECT_EQ(WordsFor({"--log", ""}), (Line{":files"}));
  EXPECT_EQ(WordsFor({"exec", "--env", ""}), Line{});
  EXPECT_EQ(WordsFor({"run", "--detach", "--restart", ""}), (Line{"no", "on-failure", "always"}));
}

TEST(CompletionWords, OffersContainersOfTheRootGiven) {
  EXPECT_EQ(WordsFor({"--root", "/r", "state", ""}), (Line{"db", "web"}));
  EXPECT_EQ(WordsFor({"--root=/r", "exec", "--tty", ""}), (Line{"db", "web"}));
  EXPECT_EQ(WordsFor({"state", ""}), Line{});
  EXPECT_EQ(WordsFor({"--root", "/r", "stop", "db", ""}), (Line{"db", "web"}));
  EXPECT_EQ(WordsFor({"--root", "/r", "state", "db", ""}), Line{});
  EXPECT_EQ(WordsFor({"--root", "/r", "exec", "db", ""}), Line{});
  EXPECT_EQ(WordsFor({"--root", "/r", "run", ""}), Line{});
}

TEST(CompletionWords, OffersSignalsAfterTheContainer) {
  EXPECT_EQ(WordsFor({"--root", "/r", "kill", ""}), (Line{"db", "web"}));
  EXPECT_TRUE(Has(WordsFor({"kill", "web", ""}), "TERM"));
  EXPECT_TRUE(Has(WordsFor({"kill", "web", ""}), "KILL"));
  EXPECT_TRUE(Has(WordsFor({"kill", "web", ""}), "HUP"));
  EXPECT_EQ(WordsFor({"--root", "/r", "kill", "--signal", "HUP", "web", ""}), (Line{"db", "web"}));
  EXPECT_TRUE(Has(WordsFor({"kill", "--signal", ""}), "HUP"));
}

TEST(CompletionWords, OffersShellsToItsOwnCommand) {
  EXPECT_EQ(WordsFor({"completion", ""}), (Line{"bash", "zsh", "fish"}));
}

TEST(CompletionWords, OffersNothingWhereItKnowsNothing) {
  EXPECT_EQ(WordsFor({}), Line{});
  EXPECT_EQ(WordsFor({"nonsense", ""}), Line{});
  EXPECT_EQ(WordsFor({"nonsense", "--"}), (Line{"--help"}));
  EXPECT_EQ(WordsFor({"--nonsense="}), Line{});
}

}  // namespace
}  // namespace tare::cli
