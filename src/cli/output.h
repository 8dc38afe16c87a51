// Standard output.
#pragma once

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cli {

// Writes all of `text`; a full disk or a closed pipe is an error, not a silence.
Status Print(absl::string_view text);

}  // namespace tare::cli
