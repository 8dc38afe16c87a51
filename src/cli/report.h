// How errors reach the log, and whoever reads standard error.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cli {

// Reports the error of a command, once: to the log and, if that is a file, to standard error as well. At a
// terminal it is worded for people; `id` is the container that the command was about, or empty.
void Report(const Status& status, absl::string_view id = {});

// The error in plain words: "tare run failed: unable to start container process: X" is `cannot run "web": X`.
std::string PlainError(const Status& status, absl::string_view id);

// Reports a mistake in the command line; `see` is the command that explains what would be right. Programs get
// the line that runc begins its help with, `headline`, on standard output, and the error as any other.
void ReportUsage(const Status& status, absl::string_view headline, absl::string_view see);

}  // namespace tare::cli
