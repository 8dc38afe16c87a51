#include "hooks/cni/places.h"

#include <stdlib.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace tare::cni {
namespace {

constexpr int kLongestDeadline = 86400;

bool IsPlain(char c, bool first) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == ':' || c == '_' || (c == '.' && !first);
}

StatusOr<absl::Duration> DeadlineOf(const char* text) {
  int seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds) || seconds < 1 || seconds > kLongestDeadline)
    return InvalidError("TARE_NETWORK_TIMEOUT=", text, ": must be a number of seconds from 1 to ",
                        kLongestDeadline);
  return absl::Seconds(seconds);
}

}  // namespace

StatusOr<Places> PlacesOf(absl::FunctionRef<const char*(const char*)> get) {
  const auto given = [&](const char* name) -> const char* {
    const char* value = get(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
  };
  Places places;
  if (const char* configs = given("NETCONFPATH")) places.configs = configs;
  if (const char* plugins = given("CNI_PATH"))
    places.plugins = absl::StrSplit(absl::string_view(plugins), ':', absl::SkipEmpty());
  if (const char* records = given("TARE_NETWORK_DIR")) places.records = records;
  if (const char* deadline = given("TARE_NETWORK_TIMEOUT")) {
    TARE_ASSIGN_OR_RETURN(places.deadline, DeadlineOf(deadline));
  }
  return places;
}

StatusOr<Places> PlacesOf() {
  return PlacesOf([](const char* name) -> const char* { return getenv(name); });
}

std::string EscapedRoot(absl::string_view root) {
  const std::vector<absl::string_view> parts = absl::StrSplit(root, '/', absl::SkipEmpty());
  if (parts.empty()) return "-";
  std::string escaped;
  for (const char c : absl::StrJoin(parts, "/")) {
    if (c == '/')
      escaped += '-';
    else if (IsPlain(c, escaped.empty()))
      escaped += c;
    else
      absl::StrAppendFormat(&escaped, "\\x%02x", static_cast<unsigned char>(c));
  }
  return escaped;
}

StatusOr<std::string> UnescapedRoot(absl::string_view name) {
  if (name == "-") return std::string("/");
  std::string root = "/";
  for (size_t at = 0; at < name.size(); ++at) {
    if (name[at] != '\\') {
      root += name[at] == '-' ? '/' : name[at];
      continue;
    }
    const absl::string_view code = name.substr(at, 4);
    const bool is_code = code.size() == 4 && code[1] == 'x' &&
                         absl::ascii_isxdigit(static_cast<unsigned char>(code[2])) &&
                         absl::ascii_isxdigit(static_cast<unsigned char>(code[3]));
    if (!is_code) return InvalidError("\"", name, "\" is not an escaped path");
    root += absl::HexStringToBytes(code.substr(2));
    at += code.size() - 1;
  }
  return root;
}

}  // namespace tare::cni
