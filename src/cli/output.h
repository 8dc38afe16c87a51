// Output: text for standard output and files.
#pragma once

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cli {

// Writes all of `text` to standard output. A full disk is an error; a closed pipe ends the process silently.
Status Print(absl::string_view text);

// The same to any descriptor; errors call it `name`.
Status WriteAll(int fd, absl::string_view text, absl::string_view name);

}  // namespace tare::cli
