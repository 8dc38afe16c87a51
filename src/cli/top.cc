#include "commands/top.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/shared_flags.h"
#include "commands/usage_table.h"
#include "kernel/wait.h"
#include "line/output.h"
#include "line/usage.h"
#include "terminal/screen.h"

namespace tare::cli {
namespace {

using commands::ContainerUsage;

constexpr Flag kFlags[] = {
    kFormatFlag,
    {.name = "interval", .value = "TIME", .help = "time between two tables", .initial = "2s"},
    {.name = "no-stream", .kind = FlagKind::kBool, .help = "print one table and exit"},
    {.name = "sort",
     .value = "cpu|memory|pids|io|id",
     .completes = Completes::kWords,
     .help = "the column to sort by",
     .initial = "cpu"},
};

// The share of a CPU is measured for at least this long before the first table.
constexpr absl::Duration kFirstLook = absl::Milliseconds(500);

struct Options {
  absl::Duration interval;
  commands::SortKey sort = commands::SortKey::kCpu;
  OutputFormat format = OutputFormat::kTable;
  bool once = false;
};

StatusOr<commands::SortKey> SortKeyOf(const Arguments& arguments) {
  const std::string word = arguments.String("sort");
  if (word == "cpu") return commands::SortKey::kCpu;
  if (word == "memory") return commands::SortKey::kMemory;
  if (word == "pids") return commands::SortKey::kPids;
  if (word == "io") return commands::SortKey::kIo;
  if (word == "id") return commands::SortKey::kId;
  const std::string error =
      absl::StrCat("invalid value \"", word, "\" for --sort: use cpu, memory, pids, io or id");
  return UsageError(error, {.plain = error});
}

StatusOr<Options> OptionsOf(const Arguments& arguments) {
  Options options{.once = arguments.Bool("no-stream")};
  TARE_ASSIGN_OR_RETURN(options.interval, IntervalOf(arguments));
  TARE_ASSIGN_OR_RETURN(options.sort, SortKeyOf(arguments));
  TARE_ASSIGN_OR_RETURN(options.format, FormatOf(arguments));
  return options;
}

StatusOr<std::vector<ContainerUsage>> LookSorted(commands::Top& top, const Options& options) {
  TARE_ASSIGN_OR_RETURN(std::vector<ContainerUsage> containers, top.Look());
  commands::Sort(containers, options.sort);
  return containers;
}

Status PrintOnce(commands::Top& top, const Options& options) {
  TARE_ASSIGN_OR_RETURN(const std::vector<ContainerUsage> containers, LookSorted(top, options));
  return Print(absl::StrCat(options.format == OutputFormat::kJson
                                ? commands::TopDocument(containers)
                                : absl::StrJoin(commands::UsageTable(containers), "\n"),
                            "\n"));
}

// For scripts: a table after each interval, until a signal or a closed pipe ends the process.
Status PrintForever(commands::Top& top, const Options& options) {
  for (;;) {
    TARE_RETURN_IF_ERROR(PrintOnce(top, options));
    absl::SleepFor(options.interval);
  }
}

// The signals that concern the screen, as a descriptor. They stay blocked: the process ends soon.
StatusOr<kernel::Fd> ScreenSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  kernel::Fd fd(signalfd(-1, &signals, SFD_CLOEXEC));
  return fd ? StatusOr<kernel::Fd>(std::move(fd)) : ErrnoError(errno, "signalfd");
}

// The first signal within `time`, or 0.
StatusOr<int> AwaitSignal(int signals, absl::Duration time) {
  TARE_ASSIGN_OR_RETURN(const bool ready, kernel::WaitReadable(signals, kernel::Deadline::After(time)));
  if (!ready) return 0;
  signalfd_siginfo info;
  if (read(signals, &info, sizeof info) != sizeof info) return ErrnoError(errno, "read(signalfd)");
  return static_cast<int>(info.ssi_signo);
}

// ^Z: the shell gets its own screen back, and we ours when we go on.
void Stop(terminal::Screen& screen) {
  screen.Leave();
  raise(SIGSTOP);
  (void)screen.Enter();
}

// At a terminal: one screen that changes, until ^C.
Status ShowOnScreen(commands::Top& top, const Options& options) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd signals, ScreenSignals());
  terminal::Screen screen(STDOUT_FILENO);
  for (;;) {
    TARE_ASSIGN_OR_RETURN(const std::vector<ContainerUsage> containers, LookSorted(top, options));
    const absl::Time next = absl::Now() + options.interval;
    for (int signal = SIGWINCH; signal != 0;) {
      TARE_RETURN_IF_ERROR(screen.Show(commands::UsageTable(containers, screen.size().columns)));
      TARE_ASSIGN_OR_RETURN(signal, AwaitSignal(signals.get(), next - absl::Now()));
      if (signal == SIGTSTP)
        Stop(screen);
      else if (signal != 0 && signal != SIGWINCH)
        return absl::OkStatus();
    }
  }
}

StatusOr<int> Run(const lifecycle::Runtime& runtime, const Arguments& arguments) {
  TARE_ASSIGN_OR_RETURN(const Options options, OptionsOf(arguments));
  commands::Top top(runtime);
  TARE_RETURN_IF_ERROR(top.Look().status());
  absl::SleepFor(std::min(options.interval, kFirstLook));
  const bool screen = options.format == OutputFormat::kTable && isatty(STDOUT_FILENO) == 1;
  TARE_RETURN_IF_ERROR(options.once ? PrintOnce(top, options)
                       : screen     ? ShowOnScreen(top, options)
                                    : PrintForever(top, options));
  return 0;
}

}  // namespace

constinit const Command kTopCommand = {
    .name = "top",
    .group = Group::kInspection,
    .summary = "show what all containers use, again and again",
    .operands = "",
    .description =
        "Shows a line for each container in the state directory (--root) that has a living process, and "
        "renews it every --interval: the share of one CPU, memory in use (with the page cache) and its "
        "limit, "
        "processes, and the bytes that were read from and written to block devices. ^C ends it. If standard "
        "output is not a terminal, the table is printed again each time.\n"
        "With --format json, prints a line with an array of objects instead.\n",
    .flags = kFlags,
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
