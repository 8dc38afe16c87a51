#include "session/logs.h"

#include <unistd.h>

#include <cerrno>

#include "base/utc.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "line/output.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "follow",
     .alias = "f",
     .kind = FlagKind::kBool,
     .help = "keep showing output until the container exits"},
    {.name = "since",
     .value = "TIME",
     .help = "show output since 2026-01-02T03:04:05Z, or 10m for the last ten minutes"},
    {.name = "tail",
     .alias = "n",
     .kind = FlagKind::kInt,
     .value = "N",
     .help = "show only the last N lines"},
    {.name = "timestamps", .alias = "t", .kind = FlagKind::kBool, .help = "show when each line was written"},
};

Status WriteTo(session::Stream stream, absl::string_view text) {
  return stream == session::Stream::kStdout ? line::WriteAll(STDOUT_FILENO, text, "standard output")
                                            : line::WriteAll(STDERR_FILENO, text, "standard error");
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const session::LogsOptions options, LogsOptionsOf(arguments));
  Status shown = session::ShowLogs(runtime.root, options, WriteTo);
  // The reader has closed the pipe: `tare logs web | head`.
  if (ErrnoOf(shown) == EPIPE) return 0;
  TARE_RETURN_IF_ERROR(std::move(shown));
  return 0;
}

}  // namespace

StatusOr<std::string> ParseSince(const std::string& text, absl::Time now) {
  absl::Time since;
  absl::Duration ago;
  if (absl::ParseDuration(text, &ago) && ago >= absl::ZeroDuration()) {
    since = now - ago;
  } else if (!absl::ParseTime(absl::RFC3339_full, text, &since, nullptr)) {
    return InvalidError("invalid --since \"", text,
                        "\": use a time such as 2026-01-02T03:04:05Z, or a duration such as 10m");
  }
  return UtcTime(absl::ToTimespec(since));
}

StatusOr<session::LogsOptions> LogsOptionsOf(const Arguments& arguments) {
  session::LogsOptions options{
      .id = arguments.words()[0],
      .follow = arguments.Bool("follow") ? session::Follow::kUntilItEnds : session::Follow::kNo,
      .times = arguments.Bool("timestamps") ? session::Times::kShown : session::Times::kNone};
  if (arguments.Has("tail")) {
    options.tail = arguments.Int("tail");
    if (*options.tail < 0) return InvalidError("invalid --tail ", *options.tail, ": it must not be negative");
  }
  if (arguments.Has("since")) {
    TARE_ASSIGN_OR_RETURN(options.since, ParseSince(arguments.String("since"), absl::Now()));
  }
  return options;
}

constinit const Command kLogsCommand = {
    .name = "logs",
    .group = Group::kSupervised,
    .summary = "show the output of a supervised container",
    .operands = "ID",
    .description =
        "Writes the container's standard output to standard output and its standard error to "
        "standard error. Output from a terminal is all standard output.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .run = Run,
};

}  // namespace tare::cli
