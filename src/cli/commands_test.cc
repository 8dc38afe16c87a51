#include "cli/commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "line/globals.h"
#include "line/help.h"
#include "line/usage.h"

namespace tare::cli {
namespace {

std::string CountError(const Command& command, std::vector<std::string> line) {
  return std::string(CheckOperands(command, *Parse(command.flags, command.order, line)).message());
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

std::string PlainCountError(const Command& command, std::vector<std::string> line) {
  const std::optional<line::Mistake> mistake =
      line::MistakeOf(CheckOperands(command, *Parse(command.flags, command.order, line)));
  return mistake ? line::PlainText(*mistake) : "";
}

TEST(Commands, WordCountsAreExplainedToPeople) {
  EXPECT_EQ(PlainCountError(kStartCommand, {}), "\"start\" takes 1 argument: ID");
  EXPECT_EQ(PlainCountError(kListCommand, {"a"}), "\"list\" takes no arguments");
  EXPECT_EQ(PlainCountError(kPsCommand, {}), "\"ps\" takes at least 1 argument: ID [PS-OPTION...]");
  EXPECT_EQ(PlainCountError(kKillCommand, {"a", "b", "c"}),
            "\"kill\" takes at most 2 arguments: ID [SIGNAL]");
}

TEST(Commands, AMistypedFlagIsNotTakenForAnId) {
  EXPECT_EQ(PlainCountError(kStopCommand, {"web", "--tiemout=3"}),
            "unknown flag --tiemout; did you mean --timeout?");
  EXPECT_EQ(PlainCountError(kStopCommand, {"--", "web", "--tiemout=3"}), "");
  EXPECT_EQ(PlainCountError(kKillCommand, {"web", "-9"}), "");
}

TEST(Commands, AreFoundByName) {
  EXPECT_EQ(FindCommand(Commands(), "exec"), &kExecCommand);
  EXPECT_EQ(FindCommand(Commands(), "exe"), nullptr);
  EXPECT_EQ(FindCommand(Commands(), ""), nullptr);
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
  ExpectDistinctNames(line::GlobalFlags(), "tare");
  for (const Command* command : Commands()) ExpectDistinctNames(command->flags, command->name);
}

// A flag with a value names it, and completes to its words only if there are some.
void ExpectValue(const Flag& flag) {
  EXPECT_EQ(flag.value.empty(), flag.kind == FlagKind::kBool) << flag.name;
  EXPECT_EQ(WordsOf(flag).size() > 1, flag.completes == Completes::kWords) << flag.name;
}

TEST(Commands, EveryFlagThatTakesAValueNamesIt) {
  for (const Flag& flag : line::GlobalFlags()) ExpectValue(flag);
  for (const Command* command : Commands()) {
    for (const Flag& flag : command->flags) ExpectValue(flag);
  }
}

TEST(Commands, EveryDefaultIsAValueOfItsFlag) {
  for (const Command* command : Commands()) {
    for (const Flag& flag : command->flags) {
      if (flag.kind != FlagKind::kInt || flag.initial.empty()) continue;
      EXPECT_TRUE(line::ParseInt(flag.initial).ok()) << flag.name;
    }
  }
}

TEST(Help, NamesWhatIsShownAndNothingHidden) {
  for (const Command* command : Commands()) {
    std::string help = CommandHelp(*command);
    EXPECT_TRUE(absl::StrContains(help, absl::StrCat("USAGE:\n   tare ", command->name, " [OPTIONS]")));
    for (const Flag& flag : command->flags) {
      bool shown =
          absl::StrContains(help, absl::StrCat(" --", flag.name, flag.value.empty() ? "" : " ", flag.value));
      EXPECT_EQ(shown, flag.visibility == Visibility::kShown) << command->name << " " << flag.name;
    }
    EXPECT_TRUE(absl::StrContains(line::GlobalHelp(Commands()), absl::StrCat("   ", command->name, " ")))
        << command->name;
  }
}

void ExpectNarrow(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Help, FitsInto80Columns) {
  ExpectNarrow(line::GlobalHelp(Commands()));
  for (const Command* command : Commands()) ExpectNarrow(CommandHelp(*command));
}

TEST(Help, FlagsHaveTheirPlaceholderAndDefault) {
  const std::string help = CommandHelp(kListCommand);
  EXPECT_TRUE(absl::StrContains(help, "   -f, --format table|json  output format (default: table)\n"))
      << help;
  EXPECT_TRUE(absl::StrContains(help, "   -q, --quiet              show only the IDs\n")) << help;
}

TEST(Help, ALongTextIsWrappedBesideItsFlag) {
  const std::string help = CommandHelp(kRunCommand);
  EXPECT_TRUE(
      absl::StrContains(help,
                        "       --no-subreaper           do not become the parent of the container's\n"
                        "                                orphaned processes\n"))
      << help;
}

TEST(Help, ALongFlagHasALineOfItsOwn) {
  const std::string help = CommandHelp(kRunCommand);
  EXPECT_TRUE(absl::StrContains(help, "\n       --restart no|on-failure[:N]|always\n                "))
      << help;
}

TEST(Help, CommandsAreGrouped) {
  const std::string help = line::GlobalHelp(Commands());
  size_t last = 0;
  for (const char* text : {"COMMANDS:\n   Lifecycle:\n      create ", "\n   Inspection:\n      check ",
                           "\n   Supervised containers:\n      attach ", "\n   Other:\n", "      help ",
                           "\nGLOBAL OPTIONS:\n"}) {
    const size_t at = help.find(text);
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_GT(at, last) << text;
    last = at;
  }
}

TEST(Help, VersionHasTheLinesThatDockerParses) {
  std::vector<std::string> lines = absl::StrSplit(line::VersionText(), '\n');
  ASSERT_GE(lines.size(), 4u);
  EXPECT_TRUE(absl::StartsWith(lines[0], "tare version "));
  EXPECT_TRUE(absl::StartsWith(lines[1], "commit: "));
  EXPECT_EQ(lines[2], "spec: 1.3.0");
  EXPECT_TRUE(absl::StartsWith(lines[3], "libseccomp: 2."));
}

}  // namespace
}  // namespace tare::cli
