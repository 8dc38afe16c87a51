// Lines that stand for an error where a person reads it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare {

// `status`, told on standard error in these lines rather than in its message and what was put before that:
// other programs know them by the whole line. They outlive Annotate(), and cross fork with SerializeStatus().
Status WithLines(Status status, absl::string_view lines);

// Those, or "".
std::string LinesOf(const Status& status);

}  // namespace tare
