#include "base/suggest.h"

#include <algorithm>

namespace tare {
namespace {

// The optimal string alignment distance, computed row by row: `row[j]` is the distance between the first i
// letters of `a` and the first j letters of `b`.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before_last;
  std::vector<size_t> last;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last = std::move(last);
    last = row;
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

absl::string_view Closest(absl::string_view word, const std::vector<absl::string_view>& candidates) {
  size_t fewest = std::max<size_t>(1, word.size() / 3) + 1;
  absl::string_view closest;
  for (absl::string_view candidate : candidates) {
    const size_t distance = Distance(word, candidate);
    if (distance >= fewest) continue;
    fewest = distance;
    closest = candidate;
  }
  return closest;
}

}  // namespace tare
