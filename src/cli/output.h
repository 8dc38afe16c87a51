// Text out of tare: standard output, and files for people.
#pragma once

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cli {

// Writes all of `text`; a full disk or a closed pipe is an error, not a silence.
Status Print(absl::string_view text);

// The same to any descriptor; errors call it `name`.
Status WriteAll(int fd, absl::string_view text, absl::string_view name);

}  // namespace tare::cli
