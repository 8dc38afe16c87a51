// Makes text of unknown origin safe for a terminal.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tare {

// `text` with all control characters but tab and newline spelled out ("\\u001b"). Names from an image and the
// output of a hook appear in errors; they must not move the cursor or reprogram the user's terminal. The
// controls U+0080 to U+009F are included, because terminals obey them in UTF-8 as well.
std::string Printable(absl::string_view text);

}  // namespace tare
