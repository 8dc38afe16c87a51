#include "cli/help.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/version.h"
#include "cli/globals.h"
#include "security/seccomp.h"
#include "spec/features.h"

namespace tare::cli {
namespace {

constexpr Flag kHelpFlag = {
    .name = "help", .alias = "h", .kind = FlagKind::kBool, .help = "show this text and exit"};

constexpr absl::string_view kAbout =
    "   tare runs containers as the Open Container Initiative's runtime specification\n"
    "   describes them. It is called by container engines, or by hand, with a bundle: a\n"
    "   directory that holds a root filesystem and a file config.json which says what to\n"
    "   run in it, and how. A bundle becomes a running container with\n"
    "\n"
    "      # tare run [-b bundle] <container-id>\n"
    "\n"
    "   where <container-id> is a name of your choice, used once on this host. See\n"
    "   \"tare <command> --help\" for each command, and tare(8) for all of it.\n";

std::string Label(const Flag& flag) {
  absl::string_view value = flag.kind == FlagKind::kBool ? "" : " value";
  std::string label = absl::StrCat("--", flag.name, value);
  if (!flag.alias.empty()) absl::StrAppend(&label, ", -", flag.alias, value);
  return label;
}

std::string Line(absl::string_view label, size_t width, absl::string_view text) {
  return absl::StrFormat("   %-*s  %s\n", static_cast<int>(width), label, text);
}

std::string FlagTable(std::span<const Flag> flags) {
  std::vector<const Flag*> shown;
  for (const Flag& flag : flags) {
    if (flag.visibility == Visibility::kShown) shown.push_back(&flag);
  }
  shown.push_back(&kHelpFlag);
  size_t width = 0;
  for (const Flag* flag : shown) width = std::max(width, Label(*flag).size());
  std::string table;
  for (const Flag* flag : shown) {
    std::string text(flag->help);
    if (!flag->initial.empty()) absl::StrAppend(&text, " (default: ", flag->initial, ")");
    table += Line(Label(*flag), width, text);
  }
  return table;
}

std::string CommandTable() {
  size_t width = 0;
  for (const Command* command : Commands()) width = std::max(width, command->name.size());
  std::string table;
  for (const Command* command : Commands()) table += Line(command->name, width, command->summary);
  return table + Line("help", width, "show this text, or that of one command");
}

// In runc's order: Docker, CRI-O and others read these lines.
std::string Version() {
  return absl::StrCat(kVersion, "\ncommit: ", kCommit, "\nspec: ", spec::kOciVersion,
                      "\nlibseccomp: ", security::LibseccompVersion(), "\n");
}

}  // namespace

std::string CommandHelp(const Command& command) {
  std::string usage = absl::StrCat("tare ", command.name);
  if (!command.flags.empty()) usage += " [command options]";
  if (!command.operands.empty()) absl::StrAppend(&usage, " ", command.operands);
  return absl::StrCat("NAME:\n   tare ", command.name, " - ", command.summary, "\n\nUSAGE:\n   ", usage,
                      "\n\nDESCRIPTION:\n", command.description, "\nOPTIONS:\n", FlagTable(command.flags));
}

std::string GlobalHelp() {
  return absl::StrCat(
      "NAME:\n   tare - Open Container Initiative runtime\n\n", kAbout,
      "\nUSAGE:\n   tare [global options] command [command options] [arguments...]\n\nVERSION:\n   ",
      Version(), "\nCOMMANDS:\n", CommandTable(), "\nGLOBAL OPTIONS:\n", FlagTable(GlobalFlags()));
}

std::string VersionText() {
  return absl::StrCat("tare version ", Version());
}

}  // namespace tare::cli
