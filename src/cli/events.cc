#include "commands/events.h"

#include "cli/command.h"
#include "cli/output.h"
#include "cli/usage.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "interval",
     .value = "TIME",
     .help = "time between two lines of resource usage",
     .initial = "5s"},
    {.name = "stats", .kind = FlagKind::kBool, .help = "print the resource usage once and exit"},
};

Status PrintLine(const std::string& line) {
  return Print(absl::StrCat(line, "\n"));
}

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

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const std::string& id = arguments.words()[0];
  TARE_ASSIGN_OR_RETURN(const absl::Duration interval, IntervalOf(arguments));
  if (!arguments.Bool("stats")) {
    TARE_RETURN_IF_ERROR(commands::WatchEvents(runtime, id, interval, PrintLine));
    return 0;
  }
  TARE_ASSIGN_OR_RETURN(const std::string line, commands::StatsLine(runtime, id));
  TARE_RETURN_IF_ERROR(PrintLine(line));
  return 0;
}

}  // namespace

constinit const Command kEventsCommand = {
    .name = "events",
    .group = Group::kInspection,
    .summary = "show resource usage and out-of-memory events",
    .operands = "ID",
    .description =
        "Until the container stops, prints a line of JSON with its resource usage every "
        "--interval, and a line whenever it runs out of memory: {\"type\": \"stats\" or \"oom\", \"id\": "
        "..., \"data\": ...}.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
