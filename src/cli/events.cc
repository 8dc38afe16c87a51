#include "commands/events.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "commands/top.h"
#include "commands/usage_table.h"
#include "line/output.h"
#include "line/usage.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "format",
     .alias = "f",
     .value = "json|table",
     .completes = Completes::kWords,
     .help = "with --stats: output format",
     .initial = "json"},
    {.name = "interval",
     .value = "TIME",
     .help = "time between two lines of resource usage",
     .initial = "5s"},
    {.name = "stats", .kind = FlagKind::kBool, .help = "print the resource usage once and exit"},
};

Status PrintLine(const std::string& line) {
  return Print(absl::StrCat(line, "\n"));
}

// The line of `tare top` for one container. The share of the CPU is that of half a second.
Status PrintTable(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_RETURN_IF_ERROR(commands::StatsLine(runtime, id).status());  // the same errors in both formats
  commands::Top top(runtime);
  TARE_RETURN_IF_ERROR(top.Look(id).status());
  absl::SleepFor(absl::Milliseconds(500));
  TARE_ASSIGN_OR_RETURN(const std::vector<commands::ContainerUsage> containers, top.Look(id));
  return PrintLine(absl::StrJoin(commands::UsageTable(containers), "\n"));
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const std::string& id = arguments.words()[0];
  TARE_ASSIGN_OR_RETURN(const absl::Duration interval, IntervalOf(arguments));
  TARE_ASSIGN_OR_RETURN(const OutputFormat format, FormatOf(arguments));
  if (format == OutputFormat::kTable && !arguments.Bool("stats")) {
    constexpr char kError[] = "--format table requires --stats";
    return UsageError(kError, {.plain = kError});
  }
  if (!arguments.Bool("stats")) {
    TARE_RETURN_IF_ERROR(commands::WatchEvents(runtime, id, interval, PrintLine));
    return 0;
  }
  if (format == OutputFormat::kTable) {
    TARE_RETURN_IF_ERROR(PrintTable(runtime, id));
    return 0;
  }
  TARE_ASSIGN_OR_RETURN(const std::string line, commands::StatsLine(runtime, id));
  TARE_RETURN_IF_ERROR(PrintLine(line));
  return 0;
}

}  // namespace

StatusOr<absl::Duration> IntervalOf(const Arguments& arguments) {
  const std::string text = arguments.String("interval");
  const std::string wrong = absl::StrCat("invalid value \"", text, "\" for ");
  absl::Duration interval;
  if (!absl::ParseDuration(text, &interval)) {  // reads Go's notation
    constexpr char kExpected[] = "interval: use a duration such as 5s or 1m30s";
    return UsageError(absl::StrCat(wrong, "flag -", kExpected),
                      {.plain = absl::StrCat(wrong, "--", kExpected)});
  }
  if (interval <= absl::ZeroDuration())
    return UsageError("duration interval must be greater than 0",
                      {.plain = absl::StrCat(wrong, "--interval: it must be greater than 0")});
  return interval;
}

constinit const Command kEventsCommand = {
    .name = "events",
    .group = Group::kInspection,
    .summary = "show resource usage and out-of-memory events",
    .operands = "ID",
    .description =
        "Until the container stops, prints a line of JSON with its resource usage every "
        "--interval, and a line whenever it runs out of memory: {\"type\": \"stats\" or \"oom\", \"id\": "
        "..., \"data\": ...}.\n"
        "--stats --format table prints the most important numbers for a person, as \"tare top\" does.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
