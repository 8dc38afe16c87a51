#include "commands/kill.h"

#include <csignal>
#include <cstring>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"

namespace tare::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "all",
     .alias = "a",
     .kind = FlagKind::kBool,
     .help = "send the signal to all processes of the container"},
    kRegexFlag,
    {.name = "signal",
     .alias = "s",
     .value = "SIGNAL",
     .completes = Completes::kSignal,
     .help = "send this signal, to any number of containers",
     .initial = "TERM"},
};

// Names that sigabbrev_np(3) does not know.
struct Alias {
  absl::string_view name;
  int signal;
};
constexpr Alias kAliases[] = {{"IO", SIGIO}, {"CLD", SIGCHLD}, {"IOT", SIGABRT}};

std::optional<int> StandardSignal(absl::string_view name) {
  for (const Alias& alias : kAliases) {
    if (alias.name == name) return alias.signal;
  }
  for (int signal = 1; signal < SIGSYS + 1; ++signal) {
    const char* abbreviation = sigabbrev_np(signal);
    if (abbreviation != nullptr && name == abbreviation) return signal;
  }
  return std::nullopt;
}

// "RTMIN", "RTMIN+N", "RTMAX", "RTMAX-N"
std::optional<int> RealtimeSignal(absl::string_view name) {
  bool from_min = absl::ConsumePrefix(&name, "RTMIN");
  if (!from_min && !absl::ConsumePrefix(&name, "RTMAX")) return std::nullopt;
  int offset = 0;
  if (!name.empty()) {
    bool sign = absl::ConsumePrefix(&name, from_min ? "+" : "-");
    bool digits = !name.empty() && absl::ascii_isdigit(static_cast<unsigned char>(name[0]));
    if (!sign || !digits || !absl::SimpleAtoi(name, &offset) || offset > SIGRTMAX - SIGRTMIN)
      return std::nullopt;
  }
  return from_min ? SIGRTMIN + offset : SIGRTMAX - offset;
}

struct Target {
  std::vector<std::string> ids;
  int signal = 0;
};

// Without --signal, the second operand is the signal, as in runc: `kill web KILL`.
StatusOr<Target> TargetOf(const Arguments& arguments) {
  Target target{.ids = arguments.words()};
  std::string signal = arguments.String("signal");
  if (!arguments.Has("signal") && target.ids.size() > 1) {
    signal = target.ids.back();
    target.ids.pop_back();
  }
  TARE_ASSIGN_OR_RETURN(target.signal, ParseSignal(signal));
  return target;
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const Target target, TargetOf(arguments));
  bool all = arguments.Bool("all");
  const auto send = [&](const std::string& id) {
    Status sent = commands::Kill(runtime, id, target.signal, all);
    // With --all, a stopped container is not an error, as in runc: containerd calls this after
    // init has exited.
    return all && absl::IsFailedPrecondition(sent) ? absl::OkStatus() : sent;
  };
  return ForEachSelected(runtime, arguments, target.ids, send);
}

}  // namespace

StatusOr<int> ParseSignal(absl::string_view text) {
  int number = 0;
  if (absl::SimpleAtoi(text, &number)) {
    if (number >= 0 && number <= SIGRTMAX) return number;
    return InvalidError("unknown signal \"", text, "\"");
  }
  std::string upper = absl::AsciiStrToUpper(text);
  absl::string_view name = absl::StripPrefix(upper, "SIG");
  if (std::optional<int> signal = StandardSignal(name)) return *signal;
  if (std::optional<int> signal = RealtimeSignal(name)) return *signal;
  return InvalidError("unknown signal \"", text, "\"");
}

constinit const Command kKillCommand = {
    .name = "kill",
    .group = Group::kLifecycle,
    .summary = "send a signal to containers",
    .operands = "ID [SIGNAL]\n--signal SIGNAL ID...",
    .description =
        "SIGNAL is a number or a name, as in kill(1): 9, KILL, SIGKILL, RTMIN+3 (default: SIGTERM). It is "
        "sent to the first process of the container. SIGKILL, and any signal with --all, is sent to all "
        "processes.\n"
        "To signal several containers, use --signal. Without it, the second operand is the signal.\n",
    .flags = kFlags,
    .completes = Completes::kContainer,
    .min_words = 1,
    .max_words = 2,
    .many_with = "signal",
    .run = Run,
};

}  // namespace tare::cli
