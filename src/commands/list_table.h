// The table of `tare list`.
#pragma once

#include <string>
#include <vector>

#include "commands/listing.h"

namespace tare::commands {

enum class Headers { kShown, kNone };

// The columns of runc's table, in its widths, because scripts cut them; and others, if they have a value.
std::string ListTable(const std::vector<Listing>& listings, Headers headers = Headers::kShown);

}  // namespace tare::commands
