#include "commands/list_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/columns.h"

namespace tare::commands {
namespace {

// The time since `moment`, in RFC 3339, in whole seconds: "1h2m3s".
std::string Since(const std::string& moment) {
  absl::Time then;
  if (!absl::ParseTime(absl::RFC3339_full, moment, &then, nullptr)) return "?";
  const absl::Duration age = absl::Trunc(absl::Now() - then, absl::Seconds(1));
  return age == absl::ZeroDuration() ? "0s" : absl::FormatDuration(age);
}

std::string Supervision(const Listing& listing) {
  if (!listing.supervision) return "-";
  const SupervisorState& supervision = *listing.supervision;
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

Row RowOf(const Listing& listing) {
  const spec::State& state = listing.state;
  return {state.id,     absl::StrCat(state.pid), std::string(spec::StatusName(state.status)),
          state.bundle, listing.created,         listing.owner};
}

std::string Addresses(const Listing& listing) {
  std::vector<std::string> addresses;
  for (const container::Network& network : listing.networks)
    for (const std::string& address : network.addresses)
      addresses.push_back(address.substr(0, address.find('/')));
  return addresses.empty() ? "-" : absl::StrJoin(addresses, ",");
}

// A column that runc does not have is only there if a container has something in it.
void AddColumn(const std::vector<Listing>& listings, const char* heading, std::string (*text)(const Listing&),
               std::vector<Row>& rows) {
  std::vector<std::string> cells;
  for (const Listing& listing : listings) cells.push_back(text(listing));
  if (std::ranges::all_of(cells, [](const std::string& cell) { return cell == "-"; })) return;
  rows[0].push_back(heading);
  for (size_t i = 0; i < cells.size(); ++i) rows[i + 1].push_back(cells[i]);
}

}  // namespace

std::string ListTable(const std::vector<Listing>& listings, Headers headers) {
  std::vector<Row> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  rows.reserve(listings.size() + 1);
  for (const Listing& listing : listings) rows.push_back(RowOf(listing));
  AddColumn(listings, "ADDRESSES", Addresses, rows);
  AddColumn(listings, "SUPERVISED", Supervision, rows);
  const std::string table = Columns(rows, 12);
  return headers == Headers::kShown ? table : table.substr(table.find('\n') + 1);
}

}  // namespace tare::commands
