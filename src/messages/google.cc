#include "messages/google.h"

#include "absl/strings/match.h"

namespace tare::messages {
namespace {

// The length of the well-formed UTF-8 character at the beginning of `text`, or 0 (Unicode, table 3-7).
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const auto continues = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i)
      if ((byte(i) & 0xc0) != 0x80) return false;
    return true;
  };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1, 2) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second > 0x9f;
    return !overlong && !surrogate && continues(1, 3) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool too_high = first == 0xf4 && second > 0x8f;
    return !overlong && !too_high && continues(1, 4) ? 4 : 0;
  }
  return 0;
}

std::string ToUtf8(absl::string_view text) {
  std::string utf8;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    absl::StrAppend(&utf8, length == 0 ? "?" : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return utf8;
}

}  // namespace

Timestamp ToTimestamp(absl::Time time) {
  const timespec spec = absl::ToTimespec(time);
  return {.seconds = spec.tv_sec, .nanos = static_cast<int32_t>(spec.tv_nsec)};
}

absl::Time ToTime(const Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds) + absl::Nanoseconds(timestamp.nanos);
}

bool Is(const Any& any, absl::string_view name) {
  return any.type_url == name || absl::EndsWith(any.type_url, absl::StrCat("/", name));
}

RpcStatus ToRpcStatus(const Status& status) {
  return {.code = static_cast<int32_t>(status.code()), .message = ToUtf8(status.message())};
}

Status FromRpcStatus(const RpcStatus& status) {
  return Status(static_cast<absl::StatusCode>(status.code), status.message);
}

}  // namespace tare::messages
