#include "cli/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "cli/globals.h"
#include "cli/help.h"

namespace tare::cli {
namespace {

std::string CountError(const Command& command, std::vector<std::string> line) {
  return std::string(CheckWordCount(command, *Parse(command.flags, command.order, line)).message());
}

TEST(Commands, WordCountsAreToldAsByRunc) {
  EXPECT_EQ(CountError(kStartCommand, {}), "tare: \"start\" requires exactly 1 argument(s)");
  EXPECT_EQ(CountError(kStartCommand, {"a", "b"}), "tare: \"start\" requires exactly 1 argument(s)");
  EXPECT_EQ(CountError(kListCommand, {"a"}), "tare: \"list\" requires exactly 0 argument(s)");
  EXPECT_EQ(CountError(kKillCommand, {}), "tare: \"kill\" requires a minimum of 1 argument(s)");
  EXPECT_EQ(CountError(kKillCommand, {"a", "b", "c"}), "tare: \"kill\" requires a maximum of 2 argument(s)");
  EXPECT_EQ(CountError(kPsCommand, {}), "tare: \"ps\" requires a minimum of 1 argument(s)");
  EXPECT_EQ(CountError(kKillCommand, {"a"}), "");
  EXPECT_EQ(CountError(kPsCommand, {"a", "-o", "pid", "-e"}), "");
}

TEST(Commands, AreFoundByName) {
  EXPECT_EQ(FindCommand("exec"), &kExecCommand);
  EXPECT_EQ(FindCommand("exe"), nullptr);
  EXPECT_EQ(FindCommand(""), nullptr);
  EXPECT_TRUE(std::ranges::is_sorted(Commands(), {}, [](const Command* command) { return command->name; }));
}

void ExpectDistinctNames(std::span<const Flag> flags, absl::string_view where) {
  std::set<absl::string_view> names = {"help", "h"};
  for (const Flag& flag : flags) {
    EXPECT_TRUE(names.insert(flag.name).second) << where << " has two " << flag.name;
    bool alias_is_new = flag.alias.empty() || names.insert(flag.alias).second;
    EXPECT_TRUE(alias_is_new) << where << " has two " << flag.alias;
    EXPECT_FALSE(flag.help.empty()) << where << " " << flag.name;
  }
}

TEST(Commands, NoFlagIsNamedTwice) {
  ExpectDistinctNames(GlobalFlags(), "tare");
  for (const Command* command : Commands()) ExpectDistinctNames(command->flags, command->name);
}

TEST(Commands, EveryDefaultIsAValueOfItsFlag) {
  for (const Command* command : Commands()) {
    for (const Flag& flag : command->flags) {
      if (flag.kind != FlagKind::kInt || flag.initial.empty()) continue;
      EXPECT_TRUE(ParseInt(flag.initial).ok()) << flag.name;
    }
  }
}

TEST(Help, NamesWhatIsShownAndNothingHidden) {
  for (const Command* command : Commands()) {
    std::string help = CommandHelp(*command);
    EXPECT_TRUE(absl::StrContains(help, absl::StrCat("USAGE:\n   tare ", command->name)));
    for (const Flag& flag : command->flags) {
      bool shown = absl::StrContains(help, absl::StrCat("   --", flag.name, " ")) ||
                   absl::StrContains(help, absl::StrCat("   --", flag.name, ","));
      EXPECT_EQ(shown, flag.visibility == Visibility::kShown) << command->name << " " << flag.name;
    }
    EXPECT_TRUE(absl::StrContains(GlobalHelp(), absl::StrCat("   ", command->name, " "))) << command->name;
  }
}

TEST(Help, VersionHasTheLinesThatDockerParses) {
  std::vector<std::string> lines = absl::StrSplit(VersionText(), '\n');
  ASSERT_GE(lines.size(), 4u);
  EXPECT_TRUE(absl::StartsWith(lines[0], "tare version "));
  EXPECT_TRUE(absl::StartsWith(lines[1], "commit: "));
  EXPECT_EQ(lines[2], "spec: 1.3.0");
  EXPECT_TRUE(absl::StartsWith(lines[3], "libseccomp: 2."));
}

}  // namespace
}  // namespace tare::cli
