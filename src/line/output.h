// Writes text to standard output and other descriptors.
#pragma once

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::line {

// Writes all of `text` to standard output. A full disk is an error; a closed pipe ends the
// process with SIGPIPE.
Status Print(absl::string_view text);

// The same for any descriptor, which errors call `name`. A closed pipe is an error.
Status WriteAll(int fd, absl::string_view text, absl::string_view name);

}  // namespace tare::line
