// From flags to the arguments of the functions that commands call, each in the file of its command.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "cli/flags.h"
#include "commands/state.h"
#include "lifecycle/create/create.h"
#include "lifecycle/exec/exec.h"
#include "session/logs.h"
#include "spec/config_linux.h"
#include "supervise/launch.h"

namespace tare::cli {

// create.cc; also for the flags of `run`
StatusOr<lifecycle::CreateOptions> CreateOptionsOf(const Arguments& arguments);

// supervise_options.cc, for `create` and `run`; nothing without --supervise, which its other flags require
StatusOr<std::optional<supervise::Options>> SuperviseOptionsOf(const Arguments& arguments,
                                                               supervise::Until until);

// logs.cc
StatusOr<session::LogsOptions> LogsOptionsOf(const Arguments& arguments);

// logs.cc: a time in RFC 3339, or how long before `now` ("90s", "1h30m"), in the form that the log has
StatusOr<std::string> ParseSince(const std::string& text, absl::Time now);

// create.cc: the process of `create`, or of `run` and `exec` with --detach, inherits our standard error
// unless it has a terminal
void SpareContainersStderr(const Arguments& arguments);

// --preserve-fds of `create`, `run` and `exec`
StatusOr<int> PreserveFds(const Arguments& arguments);

// exec.cc
StatusOr<lifecycle::ExecOptions> ExecOptionsOf(const Arguments& arguments);

// several.cc: calls `act` for each container and returns what tare exits with. If one fails the others are
// not skipped: each error is reported with its id, and the answer is 1. For a single id it is the error
// itself.
using ActOnContainer = absl::FunctionRef<Status(const std::string& id)>;
StatusOr<int> ForEach(const std::vector<std::string>& ids, ActOnContainer act);

// several.cc: the same for the containers that the operands of `delete` and `kill` mean. With --regex each
// operand is an extended regular expression (regex(7)) and means the containers whose id has a match of it.
StatusOr<int> ForEachMeant(const lifecycle::Runtime& runtime, const Arguments& arguments,
                           const std::vector<std::string>& operands, ActOnContainer act);

// kill.cc: a number, or a name in upper or lower case, with or without SIG: "9", "kill", "SIGRTMIN+3",
// "RTMAX-1"
StatusOr<int> ParseSignal(absl::string_view text);

// update.cc: `resources`, overridden by the limits that flags give
StatusOr<spec::Resources> WithLimits(spec::Resources resources, const Arguments& arguments);

// update.cc: the schemata that flags give, and nothing else
StatusOr<spec::IntelRdt> RdtOf(const Arguments& arguments);

// update.cc: "512", "1.5g", "64 KiB" in bytes, powers of 1024; "-1" is -1
StatusOr<int64_t> ParseBytes(absl::string_view text);

enum class OutputFormat { kTable, kJson };
// list.cc: --format of `list` and `ps`
StatusOr<OutputFormat> FormatOf(const Arguments& arguments);

// list.cc: the error for another --format; `choice`: "table or json"
Status BadFormat(absl::string_view word, absl::string_view choice);

enum class Headers { kShown, kNone };
// list.cc: what `list` prints
std::string ListTable(const std::vector<commands::Listing>& listings, Headers headers = Headers::kShown);

// ps.cc: the heading of ps(1)'s output and those of its lines whose PID is one of `pids`
StatusOr<std::string> FilterPs(absl::string_view output, const std::vector<pid_t>& pids);

}  // namespace tare::cli
