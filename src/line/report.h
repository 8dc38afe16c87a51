// Reports errors: to the log, and on standard error in the words that its reader needs.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::line {

struct About {
  absl::string_view id = {};   // the container that the command was called for
  absl::string_view see = {};  // the command that shows the help
};

// Reports the error of a command, once: to the log and, if the log is a file, on standard error as well. At a
// terminal it is put in plain words, and after a mistake in the command line, a line names the help to read.
void Report(const Status& status, const About& about = {});

// The error in plain words: "tare run failed: unable to start container process: X" is `cannot run "web": X`.
std::string PlainError(const Status& status, absl::string_view id);

// Reports a mistake that was found before the command was run. If standard error is not a terminal, this also
// writes what runc writes in front of its help, `headline`, to standard output.
void ReportUsage(const Status& status, absl::string_view headline, absl::string_view see);

}  // namespace tare::line
