// Texts that an error carries beside its message, for standard error: lines and a hint.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare {

// On standard error, `lines` replace the message of `status` and the context in front of it. The first line
// is what other programs match as a whole; the others explain it, and are shown at a terminal only.
// Annotate() and SerializeStatus() keep them.
Status WithLines(Status status, absl::string_view lines);

// The lines of `status`, or "".
std::string LinesOf(const Status& status);

// Adds a hint on how to solve the problem. It is shown at a terminal only, on a line of its own. Annotate()
// and SerializeStatus() keep it.
Status WithHint(Status status, absl::string_view hint);

// The hint of `status`, or "".
std::string HintOf(const Status& status);

}  // namespace tare
