#include <algorithm>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/commands.h"
#include "cli/list_filter.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
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

using Row = std::vector<std::string>;

// Characters, not bytes: every byte of UTF-8 but the continuing ones (10xxxxxx) begins one.
size_t Length(absl::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// The time since `moment`, in RFC 3339, in whole seconds: "1h2m3s".
std::string Since(const std::string& moment) {
  absl::Time then;
  if (!absl::ParseTime(absl::RFC3339_full, moment, &then, nullptr)) return "?";
  const absl::Duration age = absl::Trunc(absl::Now() - then, absl::Seconds(1));
  return age == absl::ZeroDuration() ? "0s" : absl::FormatDuration(age);
}

std::string Supervision(const commands::Listing& listing) {
  if (!listing.supervision) return "-";
  const commands::SupervisorState& supervision = *listing.supervision;
  std::string text =
      supervision.started.empty() ? "created" : absl::StrCat("up ", Since(supervision.started));
  if (supervision.ended) {
    const spec::Exit& exit = *supervision.ended;
    text = absl::StrCat("exited ", exit.status, exit.oom_killed ? " (out of memory) " : " ", Since(exit.at),
                        " ago");
  } else if (listing.state.status == spec::ContainerStatus::kStopped) {
    text = "exited, status unknown";
  }
  if (supervision.restarts > 0) absl::StrAppend(&text, ", restarts: ", supervision.restarts);
  if (supervision.lost) text += ", no supervisor";
  return text;
}

Row RowOf(const commands::Listing& listing) {
  const spec::State& state = listing.state;
  return {state.id,     absl::StrCat(state.pid), std::string(spec::StatusName(state.status)),
          state.bundle, listing.created,         listing.owner};
}

std::string Addresses(const commands::Listing& listing) {
  std::vector<std::string> addresses;
  for (const container::Network& network : listing.networks)
    for (const std::string& address : network.addresses)
      addresses.push_back(address.substr(0, address.find('/')));
  return addresses.empty() ? "-" : absl::StrJoin(addresses, ",");
}

// A column that runc does not have is only there if a container has something in it.
void AddColumn(const std::vector<commands::Listing>& listings, const char* heading,
               std::string (*text)(const commands::Listing&), std::vector<Row>& rows) {
  std::vector<std::string> cells;
  for (const commands::Listing& listing : listings) cells.push_back(text(listing));
  if (std::ranges::all_of(cells, [](const std::string& cell) { return cell == "-"; })) return;
  rows[0].push_back(heading);
  for (size_t i = 0; i < cells.size(); ++i) rows[i + 1].push_back(cells[i]);
}

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
  return ListTable(listings, arguments.Bool("no-headers") ? Headers::kNone : Headers::kShown);
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

std::string ListTable(const std::vector<commands::Listing>& listings, Headers headers) {
  // The columns of runc's table, and their width: scripts cut them.
  constexpr size_t kNarrowest = 12;
  constexpr size_t kGap = 3;
  std::vector<Row> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  rows.reserve(listings.size() + 1);
  for (const commands::Listing& listing : listings) rows.push_back(RowOf(listing));
  AddColumn(listings, "ADDRESSES", Addresses, rows);
  AddColumn(listings, "SUPERVISED", Supervision, rows);
  std::string table;
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max({widths[i], kNarrowest, Length(row[i]) + kGap});
  }
  if (headers == Headers::kNone) rows.erase(rows.begin());
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      absl::StrAppend(&table, row[i], std::string(widths[i] - Length(row[i]), ' '));
    }
    absl::StrAppend(&table, row.back(), "\n");
  }
  return table;
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
