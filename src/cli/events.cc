#include "commands/events.h"

#include "cli/command.h"
#include "cli/output.h"

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

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const std::string& id = arguments.words()[0];
  absl::Duration interval;  // absl parses Go's notation
  if (!absl::ParseDuration(arguments.String("interval"), &interval))
    return InvalidError("invalid value \"", arguments.String("interval"),
                        "\" for flag -interval: use a duration such as 5s or 1m30s");
  if (interval <= absl::ZeroDuration()) return InvalidError("duration interval must be greater than 0");
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
