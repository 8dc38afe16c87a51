#include "cdi/names.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace tare::cdi {
namespace {

constexpr size_t kLongestLabel = 63;
constexpr size_t kLongestPrefix = 253;

// Whether `text` begins and ends with a letter or digit and has, between them, only those and `marks`.
bool IsWord(absl::string_view text, absl::string_view marks) {
  const auto alnum = [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); };
  const auto allowed = [&](char c) { return alnum(c) || marks.find(c) != marks.npos; };
  return !text.empty() && alnum(text.front()) && alnum(text.back()) && std::ranges::all_of(text, allowed);
}

Status CheckPartOfKind(absl::string_view part, absl::string_view what, size_t longest) {
  if (!IsWord(part, "_-.") || !absl::ascii_isalpha(static_cast<unsigned char>(part.front()))) {
    return InvalidError(
        "\"", part, "\" is not a valid ", what,
        ": it must begin with a letter and consist of letters, digits, \"_\", \"-\" and \".\", "
        "the last of which is a letter or digit");
  }
  if (part.size() > longest) return InvalidError("a ", what, " has at most ", longest, " characters");
  return absl::OkStatus();
}

bool IsDnsSubdomain(absl::string_view text) {
  if (text.size() > kLongestPrefix) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(text, '.');
  return std::ranges::all_of(labels, [](absl::string_view label) {
    return IsWord(label, "-") && std::ranges::none_of(label, [](char c) { return c >= 'A' && c <= 'Z'; });
  });
}

}  // namespace

StatusOr<QualifiedName> ParseQualifiedName(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos) return InvalidError("a device is a path, or is named like vendor.com/class=name");
  const QualifiedName name = {.kind = std::string(text.substr(0, equals)),
                              .name = std::string(text.substr(equals + 1))};
  TARE_RETURN_IF_ERROR(CheckKind(name.kind));
  TARE_RETURN_IF_ERROR(CheckDeviceName(name.name));
  return name;
}

Status CheckKind(absl::string_view kind) {
  const size_t slash = kind.find('/');
  if (slash == kind.npos)
    return InvalidError("\"", kind, "\" is not a kind: it must be like vendor.com/class");
  TARE_RETURN_IF_ERROR(CheckPartOfKind(kind.substr(0, slash), "vendor", kLongestPrefix));
  return CheckPartOfKind(kind.substr(slash + 1), "class", kLongestLabel);
}

Status CheckDeviceName(absl::string_view name) {
  if (IsWord(name, "_-.:")) return absl::OkStatus();
  return InvalidError("\"", name,
                      "\" is not a valid name of a device: it must consist of letters, digits, \"_\", \"-\", "
                      "\".\" and \":\", the first and last of which are letters or digits");
}

absl::string_view ClassOf(absl::string_view kind) {
  return kind.substr(kind.find('/') + 1);
}

Status CheckAnnotationKey(absl::string_view key) {
  const size_t slash = key.find('/');
  const absl::string_view name = slash == key.npos ? key : key.substr(slash + 1);
  const bool has_good_prefix = slash == key.npos || IsDnsSubdomain(key.substr(0, slash));
  if (has_good_prefix && name.size() <= kLongestLabel && IsWord(name, "_-.")) return absl::OkStatus();
  return InvalidError("\"", key, "\" is not a valid key: it must be like name or prefix.com/name");
}

}  // namespace tare::cdi
