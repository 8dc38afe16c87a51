#include "spec/version.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace tare::spec {
namespace {

bool IsNumericIdentifier(absl::string_view text) {
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  return !text.empty() && !leading_zero && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsWord(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

// semver.org, item 9: numeric identifiers of a pre-release must not have leading zeroes.
bool IsPreReleaseWord(absl::string_view text) {
  const bool numeric = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  return numeric ? IsNumericIdentifier(text) : IsWord(text);
}

// Removes `mark` and what follows it from `text`. Returns what follows it, or nothing if there is no mark.
std::optional<absl::string_view> CutFrom(absl::string_view& text, char mark) {
  const size_t at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  absl::string_view tail = text.substr(at + 1);
  text = text.substr(0, at);
  return tail;
}

bool AllParts(absl::string_view text, bool (*is_valid)(absl::string_view)) {
  std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  return std::all_of(parts.begin(), parts.end(), is_valid);
}

}  // namespace

bool IsSemanticVersion(absl::string_view text) {
  const std::optional<absl::string_view> build = CutFrom(text, '+');
  const std::optional<absl::string_view> pre_release = CutFrom(text, '-');
  return std::count(text.begin(), text.end(), '.') == 2 && AllParts(text, IsNumericIdentifier) &&
         (!pre_release || AllParts(*pre_release, IsPreReleaseWord)) && (!build || AllParts(*build, IsWord));
}

}  // namespace tare::spec
