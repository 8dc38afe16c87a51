#include "line/usage.h"

#include "absl/strings/cord.h"

namespace tare::line {
namespace {

constexpr char kPlainPayload[] = "tare/plain";
constexpr char kSuggestionPayload[] = "tare/suggestion";

}  // namespace

Status UsageError(absl::string_view message, const Mistake& mistake) {
  Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kPlainPayload, absl::Cord(mistake.plain));
  status.SetPayload(kSuggestionPayload, absl::Cord(mistake.suggestion));
  return status;
}

Status UsageError(absl::string_view message) {
  return UsageError(message, {.plain = std::string(message)});
}

std::optional<Mistake> MistakeOf(const Status& status) {
  const auto plain = status.GetPayload(kPlainPayload);
  const auto suggestion = status.GetPayload(kSuggestionPayload);
  if (!plain || !suggestion) return std::nullopt;
  return Mistake{.plain = std::string(*plain), .suggestion = std::string(*suggestion)};
}

std::string PlainText(const Mistake& mistake) {
  if (mistake.suggestion.empty()) return mistake.plain;
  return absl::StrCat(mistake.plain, "; did you mean ", mistake.suggestion, "?");
}

}  // namespace tare::line
