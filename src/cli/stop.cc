#include "commands/stop.h"

#include <map>

#include "cli/commands.h"
#include "cli/options.h"

namespace tare::cli {
namespace {

// Annotations of the OCI image specification ("Pre-Defined Annotation Keys" and config.md, "Annotation
// Fields"): the STOPSIGNAL of an image.
constexpr char kStopSignal[] = "org.opencontainers.image.stopSignal";

constexpr Flag kFlags[] = {
    {.name = "timeout",
     .alias = "t",
     .kind = FlagKind::kInt,
     .value = "SECONDS",
     .help = "time to wait before SIGKILL",
     .initial = "10"},
};

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const int64_t seconds = arguments.Int("timeout");
  if (seconds < 0) return InvalidError("invalid --timeout ", seconds, ": it must not be negative");
  return ForEach(arguments.words(), [&](const std::string& id) {
    return commands::Stop(runtime, id, StopSignalOf, absl::Seconds(seconds));
  });
}

}  // namespace

StatusOr<int> StopSignalOf(const std::map<std::string, std::string>& annotations) {
  const auto found = annotations.find(kStopSignal);
  if (found == annotations.end()) return ParseSignal("TERM");
  TARE_ASSIGN_OR_RETURN(const int signal, ParseSignal(found->second), "annotation ", kStopSignal);
  return signal;
}

constinit const Command kStopCommand = {
    .name = "stop",
    .group = Group::kLifecycle,
    .summary = "stop containers: SIGTERM, then SIGKILL after a timeout",
    .operands = "ID...",
    .description =
        "If the annotation org.opencontainers.image.stopSignal is set, that signal is sent "
        "instead of SIGTERM. A supervised container is not restarted.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
