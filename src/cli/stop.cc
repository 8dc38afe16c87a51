#include <map>

#include "cli/command.h"
#include "cli/options.h"
#include "supervise/control.h"

namespace tare::cli {
namespace {

// Annotations of the OCI image specification ("Pre-Defined Annotation Keys" and config.md, "Annotation
// Fields"): what STOPSIGNAL of an image becomes.
constexpr char kStopSignal[] = "org.opencontainers.image.stopSignal";

constexpr Flag kFlags[] = {
    {.name = "timeout",
     .alias = "t",
     .kind = FlagKind::kInt,
     .help = "how many seconds it has before SIGKILL",
     .initial = "10"},
};

StatusOr<int> StopSignalOf(const std::map<std::string, std::string>& annotations) {
  const auto found = annotations.find(kStopSignal);
  if (found == annotations.end()) return ParseSignal("TERM");
  TARE_ASSIGN_OR_RETURN(const int signal, ParseSignal(found->second), "annotation ", kStopSignal);
  return signal;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  const int64_t seconds = arguments.Int("timeout");
  if (seconds < 0) return InvalidError("--timeout: ", seconds, " is less than 0");
  for (const std::string& id : arguments.words()) {
    TARE_RETURN_IF_ERROR(supervise::Stop(runtime, id, StopSignalOf, absl::Seconds(seconds)), id);
  }
  return 0;
}

}  // namespace

constinit const Command kStopCommand = {
    .name = "stop",
    .summary = "end containers: first politely, then not",
    .operands = "<container-id> [container-id...]",
    .description =
        "   Sends the signal that the annotation org.opencontainers.image.stopSignal names, or\n"
        "   SIGTERM; then, if need be, SIGKILL. A supervised container is not restarted after that.\n",
    .flags = kFlags,
    .max_words = kAnyNumber,
    .run = Run,
};

}  // namespace tare::cli
