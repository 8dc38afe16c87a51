#include "session/detach_keys.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace tare::session {
namespace {

// ascii(7): a control character is its letter without the two bits on top.
StatusOr<char> ParseKey(absl::string_view key) {
  absl::string_view letter = key;
  const bool control = absl::ConsumePrefix(&letter, "ctrl-");
  if (letter.size() != 1)
    return InvalidError("--detach-keys: invalid key \"", key,
                        "\": use a character, or ctrl- followed by one of a-z@[\\]^_");
  if (!control) return letter[0];
  const char upper = absl::ascii_toupper(static_cast<unsigned char>(letter[0]));
  if (upper < '@' || upper > '_')
    return InvalidError("--detach-keys: invalid key \"", key, "\": no such control character");
  return static_cast<char>(upper & 0x1f);
}

}  // namespace

StatusOr<DetachKeys> DetachKeys::Parse(absl::string_view text) {
  std::string keys;
  if (text.empty()) return DetachKeys(keys);
  for (absl::string_view key : absl::StrSplit(text, ',')) {
    TARE_ASSIGN_OR_RETURN(const char c, ParseKey(key));
    keys += c;
  }
  return DetachKeys(keys);
}

std::string DetachKeys::Filter(absl::string_view typed) {
  if (keys_.empty()) return std::string(typed);
  std::string passed;
  for (char c : typed) {
    while (matched_ > 0 && c != keys_[matched_]) FallBack(passed);
    if (c != keys_[matched_]) {
      passed += c;
    } else if (++matched_ == keys_.size()) {
      break;
    }
  }
  return passed;
}

// Releases as few of the matched keys as needed, so that the rest is a beginning of the keys again.
void DetachKeys::FallBack(std::string& passed) {
  size_t drop = 1;
  while (keys_.compare(0, matched_ - drop, keys_, drop, matched_ - drop) != 0) ++drop;
  passed.append(keys_, 0, drop);
  matched_ -= drop;
}

}  // namespace tare::session
