#include <algorithm>
#include <array>

#include "absl/strings/strip.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/shared_flags.h"
#include "lifecycle/control.h"
#include "spec/state.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    kFormatFlag,
    {.name = "quiet", .alias = "q", .kind = FlagKind::kBool, .help = "show the ids alone"},
};

using Row = std::array<std::string, 6>;

// Characters, not bytes: every byte of UTF-8 but the continuing ones (10xxxxxx) begins one.
size_t Length(absl::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

Row RowOf(const lifecycle::Listing& listing) {
  const spec::State& state = listing.state;
  return {state.id,     absl::StrCat(state.pid), std::string(spec::StatusName(state.status)),
          state.bundle, listing.details.created, listing.details.owner};
}

std::string Quiet(const std::vector<lifecycle::Listing>& listings) {
  std::string ids;
  for (const lifecycle::Listing& listing : listings) absl::StrAppend(&ids, listing.state.id, "\n");
  return ids;
}

std::string Json(const std::vector<lifecycle::Listing>& listings) {
  std::vector<std::pair<spec::State, spec::StateDetails>> containers;
  containers.reserve(listings.size());
  for (const lifecycle::Listing& listing : listings) containers.emplace_back(listing.state, listing.details);
  std::string document = spec::ListDocument(containers);
  return absl::StrCat(absl::StripSuffix(document, "\n"), "\n");
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(OutputFormat format, FormatOf(arguments));
  TARE_ASSIGN_OR_RETURN(std::vector<lifecycle::Listing> listings, lifecycle::List(runtime));
  bool json = format == OutputFormat::kJson;
  TARE_RETURN_IF_ERROR(Print(arguments.Bool("quiet") ? Quiet(listings)
                             : json                  ? Json(listings)
                                                     : ListTable(listings)));
  return 0;
}

}  // namespace

StatusOr<OutputFormat> FormatOf(const Arguments& arguments) {
  std::string word = arguments.String("format");
  if (word == "table") return OutputFormat::kTable;
  if (word == "json") return OutputFormat::kJson;
  return InvalidError("invalid format option");
}

std::string ListTable(const std::vector<lifecycle::Listing>& listings) {
  // The columns of runc's table, down to their width: scripts cut them.
  constexpr size_t kNarrowest = 12;
  constexpr size_t kGap = 3;
  std::vector<Row> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  for (const lifecycle::Listing& listing : listings) rows.push_back(RowOf(listing));
  std::string table;
  std::array<size_t, 6> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max({widths[i], kNarrowest, Length(row[i]) + kGap});
  }
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
    .summary = "show the containers of a root directory",
    .operands = "",
    .description = "   Those that the global flag --root, or its default, leads to.\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
