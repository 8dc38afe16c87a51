#include "cli/completion_words.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "cli/command.h"

namespace tare::cli {
namespace {

using Line = std::vector<std::string>;

bool Has(const Line& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// The words offered, without their help, where two containers are below --root /r and none elsewhere.
Line Words(const Line& line) {
  const auto containers = [](const std::string& root) { return root == "/r" ? Line{"db", "web"} : Line{}; };
  Line words;
  for (absl::string_view text : absl::StrSplit(CompletionWords(line, containers), '\n', absl::SkipEmpty()))
    words.emplace_back(text.substr(0, text.find('\t')));
  return words;
}

TEST(CompletionWords, OffersEveryCommand) {
  const Line words = Words({""});
  for (const Command* command : Commands())
    EXPECT_TRUE(Has(words, std::string(command->name))) << command->name;
  EXPECT_EQ(Words({"--root", "/r", "--debug", ""}), words);
  EXPECT_EQ(Words({"help", ""}), words);
  EXPECT_EQ(Words({"help", "run", ""}), Line{});
}

TEST(CompletionWords, OffersTheFlagsOfTheCommandOrTheGlobalOnes) {
  EXPECT_TRUE(Has(Words({"run", "--"}), "--bundle"));
  EXPECT_TRUE(Has(Words({"run", "--"}), "-b"));
  EXPECT_FALSE(Has(Words({"run", "--"}), "--root"));
  EXPECT_TRUE(Has(Words({"-"}), "--root"));
  EXPECT_TRUE(Has(Words({"-"}), "--help"));
  EXPECT_FALSE(Has(Words({"-"}), "--criu"));
  EXPECT_TRUE(Has(Words({"delete", "web", "--f"}), "--force"));
  EXPECT_EQ(Words({"exec", "web", "ls", "-"}), Line{});
  EXPECT_EQ(Words({"--root", "/r", "kill", "--", "-"}), (Line{"db", "web"}));
}

TEST(CompletionWords, OffersTheValuesOfAFlag) {
  EXPECT_EQ(Words({"run", "--restart", ""}), (Line{"no", "on-failure", "always"}));
  EXPECT_EQ(Words({"run", "--restart=a"}), (Line{"no", "on-failure", "always"}));
  EXPECT_EQ(Words({"run", "-b", "/"}), (Line{":directories"}));
  EXPECT_EQ(Words({"--log", ""}), (Line{":files"}));
  EXPECT_EQ(Words({"exec", "--env", ""}), Line{});
  EXPECT_EQ(Words({"run", "--detach", "--restart", ""}), (Line{"no", "on-failure", "always"}));
}

TEST(CompletionWords, OffersContainersOfTheRootGiven) {
  EXPECT_EQ(Words({"--root", "/r", "state", ""}), (Line{"db", "web"}));
  EXPECT_EQ(Words({"--root=/r", "exec", "--tty", ""}), (Line{"db", "web"}));
  EXPECT_EQ(Words({"state", ""}), Line{});
  EXPECT_EQ(Words({"--root", "/r", "stop", "db", ""}), (Line{"db", "web"}));
  EXPECT_EQ(Words({"--root", "/r", "state", "db", ""}), Line{});
  EXPECT_EQ(Words({"--root", "/r", "exec", "db", ""}), Line{});
  EXPECT_EQ(Words({"--root", "/r", "run", ""}), Line{});
}

TEST(CompletionWords, OffersSignalsAfterTheContainer) {
  EXPECT_EQ(Words({"--root", "/r", "kill", ""}), (Line{"db", "web"}));
  EXPECT_TRUE(Has(Words({"kill", "web", ""}), "TERM"));
  EXPECT_TRUE(Has(Words({"kill", "web", ""}), "KILL"));
  EXPECT_TRUE(Has(Words({"kill", "web", ""}), "HUP"));
  EXPECT_EQ(Words({"--root", "/r", "kill", "--signal", "HUP", "web", ""}), (Line{"db", "web"}));
  EXPECT_TRUE(Has(Words({"kill", "--signal", ""}), "HUP"));
}

TEST(CompletionWords, OffersShellsToItsOwnCommand) {
  EXPECT_EQ(Words({"completion", ""}), (Line{"bash", "zsh", "fish"}));
}

TEST(CompletionWords, OffersNothingWhereItKnowsNothing) {
  EXPECT_EQ(Words({}), Line{});
  EXPECT_EQ(Words({"nonsense", ""}), Line{});
  EXPECT_EQ(Words({"nonsense", "--"}), (Line{"--help"}));
  EXPECT_EQ(Words({"--nonsense="}), Line{});
}

}  // namespace
}  // namespace tare::cli
