// Turns flags into the arguments of the functions that the commands call. Each function is defined in the
// file of its command, or in the file that its comment names.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "cli/commands.h"
#include "commands/state.h"
#include "lifecycle/create/create.h"
#include "lifecycle/exec/exec.h"
#include "session/logs.h"
#include "spec/config_linux.h"
#include "supervise/launch.h"

namespace tare::cli {

// create.cc: --config of `create`, `run` and `plan`
StatusOr<std::string> ConfigFile(const Arguments& arguments);

// create.cc: for `create` and `run`
StatusOr<lifecycle::CreateOptions> CreateOptionsOf(const Arguments& arguments);

// check.cc: the operand, or --bundle, or the current directory
StatusOr<std::string> BundleOf(const Arguments& arguments);

// supervise_options.cc: for `create` and `run`. Returns nothing without --supervise; flags that require it
// are then an error.
StatusOr<std::optional<supervise::Options>> SuperviseOptionsOf(const Arguments& arguments,
                                                               supervise::Until until);

// logs.cc
StatusOr<session::LogsOptions> LogsOptionsOf(const Arguments& arguments);

// logs.cc: reads a time in RFC 3339 or a duration before `now` ("90s", "1h30m"), and returns it in the format
// of the log
StatusOr<std::string> ParseSince(const std::string& text, absl::Time now);

// create.cc: for `create`, and `run` and `exec` with --detach. Unless the container's process has a terminal,
// it inherits our standard error: from now on, only errors are written there.
void LogErrorsOnlyIfStderrIsInherited(const Arguments& arguments);

// create.cc: --preserve-fds of `create`, `run` and `exec`
StatusOr<int> PreserveFds(const Arguments& arguments);

// exec.cc
StatusOr<lifecycle::ExecOptions> ExecOptionsOf(const Arguments& arguments);

// for_each.cc: calls `act` for each container and returns the exit status of tare. If one fails, the
// others are not skipped: each error is reported with its ID, and 1 is returned. For a single ID, the
// error is returned.
using ActOnContainer = absl::FunctionRef<Status(const std::string& id)>;
StatusOr<int> ForEach(const std::vector<std::string>& ids, ActOnContainer act);

// for_each.cc: the same for `delete` and `kill`. With --regex, each operand is an extended regular expression
// (regex(7)) that selects all containers whose ID it matches, in whole or in part.
StatusOr<int> ForEachSelected(const lifecycle::Runtime& runtime, const Arguments& arguments,
                              const std::vector<std::string>& operands, ActOnContainer act);

// kill.cc: a number, or a name in upper or lower case, with or without SIG: "9",
// "kill", "SIGRTMIN+3", "RTMAX-1"
StatusOr<int> ParseSignal(absl::string_view text);

// stop.cc: what the image says in an annotation, or SIGTERM
StatusOr<int> StopSignalOf(const std::map<std::string, std::string>& annotations);

// update.cc: `resources`, with the limits that are given by flags instead of its own
StatusOr<spec::Resources> WithLimits(spec::Resources resources, const Arguments& arguments);

// update.cc: the schemata that are given by flags; everything else is empty
StatusOr<spec::IntelRdt> RdtOf(const Arguments& arguments);

enum class OutputFormat { kTable, kJson };
// list.cc: --format of `list` and `ps`
StatusOr<OutputFormat> FormatOf(const Arguments& arguments);

// supervise_options.cc: the error for --rm without --supervise
Status RemoveNeedsSupervisor();

enum class Needs { kNothing, kProgram };
// plan.cc: prints the plan if there is --dry-run of `create` or `run`. Otherwise returns nothing, and
// --format is an error.
StatusOr<std::optional<int>> DryRun(const lifecycle::Runtime& runtime, const Arguments& arguments,
                                    Needs needs);

// list.cc: the error for an unknown --format; `choice`: "table or json"
Status BadFormat(absl::string_view word, absl::string_view choice);

// events.cc: --interval of `events` and `top`, in Go's notation; more than 0
StatusOr<absl::Duration> IntervalOf(const Arguments& arguments);

// ps.cc: the heading of ps(1)'s output, and the lines whose PID is one of `pids`
StatusOr<std::string> FilterPs(absl::string_view output, const std::vector<pid_t>& pids);

}  // namespace tare::cli
