// What standard error says about an error, beyond its message.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare {

// `status`, reported on standard error in these lines instead of its message and the context before it: other
// programs match the first line as a whole; the others explain it, on a terminal only. Lines survive
// Annotate(), and cross fork with SerializeStatus().
Status WithLines(Status status, absl::string_view lines);

// Those lines, or "".
std::string LinesOf(const Status& status);

// `status` with a hint on how to solve the problem, which is shown on a terminal only, on a line of its own.
// It survives what lines do.
Status WithHint(Status status, absl::string_view hint);

// That hint, or "".
std::string HintOf(const Status& status);

}  // namespace tare
