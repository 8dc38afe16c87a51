#include "line/help.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/version.h"
#include "line/globals.h"
#include "security/seccomp.h"
#include "spec/features.h"

namespace tare::line {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kWidestLabel = 28;  // a longer one is printed on a line of its own
constexpr size_t kIndent = 3;
constexpr size_t kGap = 2;

constexpr Flag kHelpFlag = {.name = "help", .alias = "h", .kind = FlagKind::kBool, .help = "show this help"};

constexpr absl::string_view kAbout =
    "tare runs containers as defined by the Open Container Initiative's runtime "
    "specification. Container engines call it, and so can you, with a bundle: a directory "
    "that holds a root filesystem and a file config.json that describes the container. "
    "\"tare run --bundle DIR ID\" runs it; ID is a name of your choice, unique on this host.\n"
    "See \"tare COMMAND --help\" for each command, and tare(8) for the full manual.\n";

struct Heading {
  Group group;
  absl::string_view text;
};
constexpr std::array kHeadings = {
    Heading{Group::kLifecycle, "Lifecycle"}, Heading{Group::kInspection, "Inspection"},
    Heading{Group::kSupervised, "Supervised containers"}, Heading{Group::kOther, "Other"}};

// The words of `text` in lines that end before the last column, indented.
std::vector<std::string> Wrapped(absl::string_view text, size_t indent) {
  std::vector<std::string> lines;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > kColumns) {
      lines.push_back(absl::StrCat(std::string(indent, ' '), word));
    } else {
      absl::StrAppend(&lines.back(), " ", word);
    }
  }
  return lines;
}

std::string Paragraphs(absl::string_view text) {
  std::vector<std::string> paragraphs;
  for (absl::string_view paragraph : absl::StrSplit(text, '\n', absl::SkipEmpty()))
    paragraphs.push_back(absl::StrCat(absl::StrJoin(Wrapped(paragraph, kIndent), "\n"), "\n"));
  return absl::StrJoin(paragraphs, "\n");
}

struct Row {
  std::string label;
  std::string text;
};

// Two columns: labels, and beside them the texts, wrapped.
std::string Table(const std::vector<Row>& rows, size_t indent) {
  size_t width = 0;
  for (const Row& row : rows) {
    if (row.label.size() <= kWidestLabel) width = std::max(width, row.label.size());
  }
  const size_t column = indent + width + kGap;
  std::string table;
  for (const Row& row : rows) {
    std::vector<std::string> lines = Wrapped(row.text, column);
    std::string label = absl::StrCat(std::string(indent, ' '), row.label);
    if (label.size() + kGap <= column) {
      lines.front().replace(0, label.size(), label);
    } else {
      lines.insert(lines.begin(), label);
    }
    absl::StrAppend(&table, absl::StrJoin(lines, "\n"), "\n");
  }
  return table;
}

// "-b, --bundle DIR", or "    --root DIR".
std::string Label(const Flag& flag) {
  const std::string alias = flag.alias.empty() ? "    " : absl::StrCat("-", flag.alias, ", ");
  return absl::StrCat(alias, "--", flag.name, flag.value.empty() ? "" : " ", flag.value);
}

std::string FlagTable(std::span<const Flag> flags) {
  std::vector<Row> rows;
  const auto add = [&](const Flag& flag) {
    const std::string initial = flag.initial.empty() ? "" : absl::StrCat(" (default: ", flag.initial, ")");
    if (flag.visibility == Visibility::kShown)
      rows.push_back({Label(flag), absl::StrCat(flag.help, initial)});
  };
  for (const Flag& flag : flags) add(flag);
  add(kHelpFlag);
  return Table(rows, kIndent);
}

std::string GroupTable(CommandTable commands, Group group) {
  std::vector<Row> rows;
  for (const Command* command : commands) {
    if (command->group == group) rows.push_back({std::string(command->name), std::string(command->summary)});
  }
  if (group == Group::kOther) rows.push_back({"help", "show this help, or that of a command"});
  return Table(rows, 2 * kIndent);
}

std::string GroupTables(CommandTable commands) {
  std::vector<std::string> tables;
  for (const Heading& heading : kHeadings)
    tables.push_back(absl::StrCat("   ", heading.text, ":\n", GroupTable(commands, heading.group)));
  return absl::StrJoin(tables, "\n");
}

// One line for each form of the operands.
std::string Usage(const Command& command) {
  std::string usage;
  for (absl::string_view operands : absl::StrSplit(command.operands, '\n'))
    absl::StrAppend(&usage, "   tare ", command.name, " [OPTIONS]", operands.empty() ? "" : " ", operands,
                    "\n");
  return usage;
}

// The order is runc's: Docker, CRI-O and others parse these lines.
std::string Version() {
  return absl::StrCat(kVersion, "\ncommit: ", kCommit, "\nspec: ", spec::kOciVersion,
                      "\nlibseccomp: ", security::LibseccompVersion(), "\n");
}

}  // namespace

std::string CommandHelp(const Command& command) {
  return absl::StrCat("NAME:\n   tare ", command.name, " - ", command.summary, "\n\nUSAGE:\n", Usage(command),
                      "\nDESCRIPTION:\n", Paragraphs(command.description), "\nOPTIONS:\n",
                      FlagTable(command.flags));
}

std::string GlobalHelp(CommandTable commands) {
  return absl::StrCat("NAME:\n   tare - Open Container Initiative runtime\n\n", Paragraphs(kAbout),
                      "\nUSAGE:\n   tare [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENT...]\n\nVERSION:\n   ",
                      Version(), "\nCOMMANDS:\n", GroupTables(commands), "\nGLOBAL OPTIONS:\n",
                      FlagTable(GlobalFlags()));
}

std::string VersionText() {
  return absl::StrCat("tare version ", Version());
}

std::string VersionDocument() {
  // None of these texts has characters that need escaping in JSON.
  return absl::StrCat("{\"version\":\"", kVersion, "\",\"commit\":\"", kCommit, "\",\"spec\":\"",
                      spec::kOciVersion, "\",\"libseccomp\":\"", security::LibseccompVersion(), "\"}\n");
}

}  // namespace tare::line
