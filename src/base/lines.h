// The lines that a person reads in place of an error.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare {

// `status`, shown on standard error as these lines instead of its message with all its context: other
// programs recognize them by the whole line. They outlive Annotate(), and cross fork with SerializeStatus().
Status WithLines(Status status, absl::string_view lines);

// Those, or "".
std::string LinesOf(const Status& status);

}  // namespace tare
