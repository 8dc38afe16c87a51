#include <algorithm>
#include <vector>

#include "absl/strings/strip.h"
#include "cli/commands.h"
#include "cli/list_filter.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "commands/list_table.h"
#include "commands/state.h"
#include "line/output.h"
#include "line/usage.h"
#include "spec/state.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kFormatFlag,
    {.name = "filter",
     .kind = FlagKind::kStrings,
     .value = "KEY=VALUE",
     .help = "list only containers with this status, id, bundle or owner (repeatable)"},
    {.name = "no-headers", .kind = FlagKind::kBool, .help = "leave out the line of column names"},
    {.name = "quiet", .alias = "q", .kind = FlagKind::kBool, .help = "show only the IDs"},
};

std::string IdLines(const std::vector<std::string>& ids) {
  std::string lines;
  for (const std::string& id : ids) absl::StrAppend(&lines, id, "\n");
  return lines;
}

std::string IdLines(const std::vector<commands::Listing>& listings) {
  std::string lines;
  for (const commands::Listing& listing : listings) absl::StrAppend(&lines, listing.state.id, "\n");
  return lines;
}

std::string Json(const std::vector<commands::Listing>& listings) {
  std::string document = commands::ListDocument(listings);
  return absl::StrCat(absl::StripSuffix(document, "\n"), "\n");
}

StatusOr<std::string> Listed(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  TARE_ASSIGN_OR_RETURN(const ListFilter filter, ListFilter::Parse(arguments.Strings("filter")));
  const bool quiet = arguments.Bool("quiet");
  if (quiet && filter.empty()) {
    // The names of the records are enough; no container is looked at.
    TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, commands::ListNames(runtime));
    return IdLines(ids);
  }
  TARE_ASSIGN_OR_RETURN(std::vector<commands::Listing> listings, commands::List(runtime));
  std::erase_if(listings, [&](const commands::Listing& listing) { return !filter.Matches(listing); });
  if (quiet) return IdLines(listings);
  if (format == OutputFormat::kJson) return Json(listings);
  return commands::ListTable(
      listings, arguments.Bool("no-headers") ? commands::Headers::kNone : commands::Headers::kShown);
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const std::string text, Listed(runtime, arguments));
  TARE_RETURN_IF_ERROR(Print(text));
  return 0;
}

}  // namespace

StatusOr<OutputFormat> FormatOf(const Arguments& arguments) {
  std::string word = arguments.String("format");
  if (word == "table") return OutputFormat::kTable;
  if (word == "json") return OutputFormat::kJson;
  return BadFormat(word, "table or json");
}

Status BadFormat(absl::string_view word, absl::string_view choice) {
  return UsageError("invalid format option",
                    {.plain = absl::StrCat("invalid value \"", word, "\" for --format: use ", choice)});
}

constinit const Command kListCommand = {
    .name = "list",
    .group = Group::kInspection,
    .summary = "list containers",
    .operands = "",
    .description =
        "Lists the containers in the state directory (--root), sorted by ID. If any of them are supervised, "
        "a last column shows how long they have been running, or how they exited; if any have networks, "
        "there "
        "is a column with their addresses.\n"
        "--filter takes status=STATUS (creating, created, running, paused or stopped), or id=, bundle= or "
        "owner= with a shell pattern: id=web-*. If a key is repeated, one of its values has to match; with "
        "several keys, all of them do.\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
