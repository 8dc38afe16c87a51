#include "base/bytes.h"

#include <cmath>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace tare {

StatusOr<int64_t> ParseBytes(absl::string_view text) {
  if (text == "-1") return -1;
  std::string lower = absl::AsciiStrToLower(text);
  absl::string_view rest = lower;
  absl::ConsumeSuffix(&rest, "b");
  absl::ConsumeSuffix(&rest, "i");
  constexpr absl::string_view kUnits = "kmgtp";
  size_t unit = rest.empty() ? absl::string_view::npos : kUnits.find(rest.back());
  if (unit != absl::string_view::npos) rest.remove_suffix(1);
  absl::ConsumeSuffix(&rest, " ");
  // Also "1e7", as programs print large numbers.
  bool digits = !rest.empty() && rest.find_first_not_of("0123456789.e") == absl::string_view::npos;
  double number = 0;
  if (!digits || rest.front() == '.' || rest.back() == '.' || !absl::SimpleAtod(rest, &number))
    return InvalidError("invalid size \"", text, "\": use a number with an optional suffix k, m, g, t or p");
  double bytes =
      unit == absl::string_view::npos ? number : std::ldexp(number, 10 * static_cast<int>(unit + 1));
  if (bytes >= std::ldexp(1.0, 63))
    return InvalidError("invalid size \"", text, "\": the number is too large");
  return static_cast<int64_t>(bytes);
}

}  // namespace tare
