// Checks that the manual pages agree with the tables of the program.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/commands.h"
#include "kernel/file.h"
#include "line/globals.h"
#include "rootfs/mount_options.h"
#include "shim/command_line.h"

namespace tare::cli {
namespace {

using Lines = std::vector<std::string>;

std::string NameOf(const Command& command) {
  return absl::StrCat("tare-", command.name);
}

Lines Page(const std::string& name) {
  StatusOr<std::string> page = kernel::ReadFile(absl::StrCat(TARE_MAN_DIRECTORY "/", name, ".8"));
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? Lines(absl::StrSplit(*page, '\n')) : Lines();
}

// The lines below a heading, ".Sh OPTIONS" or ".Ss Global options", up to the next one.
Lines Section(const Lines& page, absl::string_view heading) {
  Lines lines;
  bool inside = false;
  for (const std::string& line : page) {
    if (absl::StartsWith(line, ".Sh ") || absl::StartsWith(line, ".Ss ")) {
      inside = line == heading;
    } else if (inside) {
      lines.push_back(line);
    }
  }
  return lines;
}

// The text that a line of mdoc(7) produces, without spaces: ".It Fl b , Fl -bundle Ar
// DIR" is "-b,--bundleDIR".
std::string Shown(absl::string_view line) {
  const std::set<absl::string_view> hidden = {"It", "Ar", "Cm", "Ns", "Op"};
  std::string text;
  absl::ConsumePrefix(&line, ".");
  for (absl::string_view word : absl::StrSplit(line, ' ')) {
    if (hidden.contains(word)) continue;
    absl::StrAppend(&text, word == "Fl" ? "-" : word == "Oo" ? "[" : word == "Oc" ? "]" : word);
  }
  return absl::StartsWith(line, "Op ") ? absl::StrCat("[", text, "]") : text;
}

std::string WithoutSpaces(absl::string_view text) {
  return absl::StrReplaceAll(text, {{" ", ""}});
}

// The items of a list of flags, with their texts.
std::map<std::string, std::string> FlagsOf(const Lines& section) {
  std::map<std::string, std::string> flags;
  std::string* text = nullptr;
  for (const std::string& line : section) {
    if (absl::StartsWith(line, ".It Fl ")) {
      text = &flags[Shown(line)];
    } else if (text != nullptr) {
      absl::StrAppend(text, line, "\n");
    }
  }
  return flags;
}

std::string LabelOf(const Flag& flag) {
  const std::string alias = flag.alias.empty() ? "" : absl::StrCat("-", flag.alias, ",");
  return absl::StrCat(alias, "--", flag.name, WithoutSpaces(flag.value));
}

void ExpectDocumented(std::span<const Flag> flags, const Lines& section, absl::string_view page) {
  std::map<std::string, std::string> documented = FlagsOf(section);
  for (const Flag& flag : flags) {
    if (flag.visibility == Visibility::kHidden) continue;
    const auto found = documented.find(LabelOf(flag));
    ASSERT_NE(found, documented.end()) << page << " lacks " << LabelOf(flag);
    EXPECT_TRUE(absl::StrContains(found->second, flag.initial))
        << page << ": " << LabelOf(flag) << " without its default";
    documented.erase(found);
  }
  for (const auto& [label, text] : documented) ADD_FAILURE() << page << " has an unknown flag " << label;
}

TEST(ManualPages, HaveTheFlagsOfTheirCommands) {
  for (const Command* command : Commands()) {
    const std::string name = NameOf(*command);
    ExpectDocumented(command->flags, Section(Page(name), ".Sh OPTIONS"), name);
  }
}

TEST(ManualPages, HaveTheOperandsOfTheirCommands) {
  for (const Command* command : Commands()) {
    Lines usages;
    for (const std::string& line : Section(Page(NameOf(*command)), ".Sh SYNOPSIS")) {
      if (line == ".Nm tare") {
        usages.emplace_back();
      } else if (!usages.empty() && line != absl::StrCat(".Cm ", command->name)) {
        usages.back() += Shown(line);
      }
    }
    Lines expected;
    for (absl::string_view operands : absl::StrSplit(command->operands, '\n'))
      expected.push_back(absl::StrCat("[OPTIONS]", WithoutSpaces(operands)));
    EXPECT_EQ(usages, expected) << command->name;
  }
}

TEST(ManualPages, AreSummarizedAsInTheHelp) {
  for (const Command* command : Commands()) {
    const Lines name = Section(Page(NameOf(*command)), ".Sh NAME");
    EXPECT_EQ(absl::StrJoin(name, "\n"), absl::StrCat(".Nm ", NameOf(*command), "\n.Nd ", command->summary));
  }
}

TEST(ManualPages, AreThoseOfCommandsAndTheShim) {
  const StatusOr<kernel::Fd> directory = kernel::Open(TARE_MAN_DIRECTORY, O_RDONLY | O_DIRECTORY);
  ASSERT_TRUE(directory.ok());
  const StatusOr<Lines> files = kernel::ListDirectory(directory->get());
  ASSERT_TRUE(files.ok());
  std::set<std::string> expected = {"tare.8", "tare-cni.8", "tare-shim.8"};
  for (const Command* command : Commands()) expected.insert(absl::StrCat(NameOf(*command), ".8"));
  EXPECT_EQ(std::set<std::string>(files->begin(), files->end()), expected);
}

TEST(Overview, HasTheGlobalFlags) {
  ExpectDocumented(line::GlobalFlags(), Section(Page("tare"), ".Ss Global options"), "tare");
}

TEST(Overview, ListsEveryCommandWithItsSummary) {
  const std::map<Group, std::string> headings = {{Group::kLifecycle, ".Ss Lifecycle"},
                                                 {Group::kInspection, ".Ss Inspection"},
                                                 {Group::kSupervised, ".Ss Supervised containers"},
                                                 {Group::kOther, ".Ss Other commands"}};
  const Lines page = Page("tare");
  for (const Command* command : Commands()) {
    const std::string group = absl::StrJoin(Section(page, headings.at(command->group)), "\n");
    const std::string entry = absl::StrCat(".It Xr ", NameOf(*command), " 8\n", command->summary, "\n");
    EXPECT_TRUE(absl::StrContains(group, entry)) << entry;
  }
}

TEST(Overview, HasEveryMountOption) {
  std::set<std::string> documented;
  for (absl::string_view line : Section(Page("tare"), ".Ss Mount options")) {
    if (!absl::ConsumePrefix(&line, ".It Cm ")) continue;
    for (absl::string_view word : absl::StrSplit(line, " , ")) documented.emplace(word);
  }
  const Lines known = rootfs::KnownOptions();
  EXPECT_EQ(documented, std::set<std::string>(known.begin(), known.end()));
}

TEST(ShimPage, HasOnlyFlagsThatTheShimTakes) {
  const std::map<std::string, std::string> flags = FlagsOf(Section(Page("tare-shim"), ".Sh OPTIONS"));
  EXPECT_GE(flags.size(), 10u);
  for (absl::string_view line : Section(Page("tare-shim"), ".Sh OPTIONS")) {
    if (!absl::ConsumePrefix(&line, ".It Fl ")) continue;
    const std::string flag = absl::StrCat("-", line.substr(0, line.find(' ')));
    EXPECT_TRUE(shim::ParseCommandLine(Lines{flag, "value"}).ok()) << flag;
  }
}

}  // namespace
}  // namespace tare::cli
