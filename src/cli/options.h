// From flags to what the stories take: pure functions, each in the file of its command.
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
#include "lifecycle/control.h"
#include "lifecycle/create.h"
#include "lifecycle/exec.h"
#include "spec/config_linux.h"
#include "supervise/launch.h"
#include "supervise/logs.h"

namespace tare::cli {

// create.cc; also for the flags of `run`
StatusOr<lifecycle::CreateOptions> CreateOptionsOf(const Arguments& arguments);

// supervise_options.cc, for `create` and `run`; nothing without --supervise, with which alone its flags go
StatusOr<std::optional<supervise::Options>> SuperviseOptionsOf(const Arguments& arguments,
                                                               supervise::Until until);

// logs.cc
StatusOr<supervise::LogsOptions> LogsOptionsOf(const Arguments& arguments);

// logs.cc: a moment in RFC 3339, or how long before `now` ("90s", "1h30m"), as the log has it
StatusOr<std::string> ParseSince(const std::string& text, absl::Time now);

// create.cc: the process of `create`, or of `run` and `exec` with --detach, keeps our standard error, unless
// it has a terminal
void SpareContainersStderr(const Arguments& arguments);

// --preserve-fds of `create`, `run` and `exec`
StatusOr<int> PreserveFds(const Arguments& arguments);

// exec.cc
StatusOr<lifecycle::ExecOptions> ExecOptionsOf(const Arguments& arguments);

// matching.cc, for --regex of `delete` and `kill`: `act` is done to each container whose id has a match of
// the extended regular expression (regex(7)). One that fails does not keep the others from it; all errors but
// the last are in the log.
using DoToContainer = absl::FunctionRef<Status(const std::string& id)>;
Status ForEachMatch(const lifecycle::Runtime& runtime, const std::string& pattern, DoToContainer act);

// kill.cc: a number, or a name in any case, with or without SIG: "9", "kill", "SIGRTMIN+3", "RTMAX-1"
StatusOr<int> ParseSignal(absl::string_view text);

// update.cc: `resources` with the limits that flags give put over them
StatusOr<spec::Resources> WithLimits(spec::Resources resources, const Arguments& arguments);

// update.cc: the schemata that flags give, and nothing else
StatusOr<spec::IntelRdt> RdtOf(const Arguments& arguments);

// update.cc: "512", "1.5g", "64 KiB" in bytes, powers of 1024; "-1" is -1
StatusOr<int64_t> ParseBytes(absl::string_view text);

enum class OutputFormat { kTable, kJson };
// list.cc: --format of `list` and `ps`
StatusOr<OutputFormat> FormatOf(const Arguments& arguments);

// list.cc: what `list` prints
std::string ListTable(const std::vector<lifecycle::Listing>& listings);

// ps.cc: the heading of ps(1)'s output and those of its lines whose PID is one of `pids`
StatusOr<std::string> FilterPs(absl::string_view output, const std::vector<pid_t>& pids);

}  // namespace tare::cli
