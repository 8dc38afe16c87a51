// Text of unknown origin, made safe for a terminal.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tare {

// `text` with control characters spelled out ("\\u001b"), but for tab and newline: names from an image, or
// the output of a hook, must not move the cursor or reprogram the terminal of whoever reads an error. That
// includes the controls U+0080 to U+009F, which terminals obey in UTF-8 as well.
std::string Printable(absl::string_view text);

}  // namespace tare
