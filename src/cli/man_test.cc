// The manual page and the tables of the program say the same.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/command.h"
#include "cli/globals.h"
#include "kernel/file.h"

namespace tare::cli {
namespace {

using Names = std::set<std::string>;

// The flags that an item line of mdoc(7) names: ".It Fl -bundle Ar directory , Fl b Ar directory" is
// "--bundle", "-b".
Names FlagsOfItem(absl::string_view line) {
  Names names;
  std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "Fl") names.insert(absl::StrCat("-", words[i + 1]));
  }
  return names;
}

// Flags by subsection.
std::map<std::string, Names> FlagsOfPage() {
  std::map<std::string, Names> sections;
  StatusOr<std::string> page = kernel::ReadFile(TARE_MAN_PAGE);
  EXPECT_TRUE(page.ok()) << page.status();
  if (!page.ok()) return sections;
  Names* section = nullptr;
  for (absl::string_view line : absl::StrSplit(*page, '\n')) {
    if (absl::StartsWith(line, ".Sh ")) section = nullptr;
    if (absl::ConsumePrefix(&line, ".Ss ")) section = &sections[std::string(line)];
    if (section != nullptr && absl::StartsWith(line, ".It Fl ")) section->merge(FlagsOfItem(line));
  }
  return sections;
}

Names FlagsOfTable(std::span<const Flag> flags) {
  Names names;
  for (const Flag& flag : flags) {
    if (flag.visibility == Visibility::kHidden) continue;
    names.insert(absl::StrCat("--", flag.name));
    if (!flag.alias.empty()) names.insert(absl::StrCat("-", flag.alias));
  }
  return names;
}

TEST(ManualPage, HasTheGlobalFlags) {
  std::map<std::string, Names> page = FlagsOfPage();
  EXPECT_EQ(page["Global flags"], FlagsOfTable(GlobalFlags()));
}

TEST(ManualPage, HasEveryFlagOfEveryCommandAndNoOther) {
  std::map<std::string, Names> page = FlagsOfPage();
  for (const Command* command : Commands()) {
    std::string title = absl::StrCat("tare ", command->name);
    ASSERT_TRUE(page.contains(title)) << title << " has no subsection";
    EXPECT_EQ(page[title], FlagsOfTable(command->flags)) << title;
  }
}

TEST(ManualPage, HasNoCommandThatIsNone) {
  for (const auto& [title, flags] : FlagsOfPage()) {
    absl::string_view name = title;
    bool is_command = absl::ConsumePrefix(&name, "tare ");
    EXPECT_TRUE(!is_command || FindCommand(name) != nullptr) << name;
  }
}

}  // namespace
}  // namespace tare::cli
