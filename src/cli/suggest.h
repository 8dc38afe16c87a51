// Suggestions for words that are probably a typing mistake.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace tare::cli {

// The candidate that takes the fewest changes to reach from `word`, if those are few enough to be a slip:
// one for every three letters. A change inserts, deletes or replaces a letter, or swaps two neighbours. Of
// several equally close candidates this is the first; without any it is empty.
absl::string_view Closest(absl::string_view word, const std::vector<absl::string_view>& candidates);

}  // namespace tare::cli
