// Suggestions for words that are probably mistyped.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace tare {

// The candidate that differs from `word` by the fewest changes, if there is at most one change for every
// three letters (or one in a shorter word). A change inserts, deletes or replaces a letter, or swaps two
// neighbours. If several candidates are equally close, the first is returned; if none is close enough, the
// result is empty.
absl::string_view Closest(absl::string_view word, const std::vector<absl::string_view>& candidates);

}  // namespace tare
