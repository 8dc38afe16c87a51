#include "base/status.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/lines.h"

namespace tare {
namespace {

constexpr char kErrnoPayload[] = "tare/errno";
constexpr char kLinesPayload[] = "tare/lines";
constexpr char kLinesMark = '\0';  // before them, behind the message of a serialized status

Status WithErrno(Status status, int error) {
  if (error != 0) status.SetPayload(kErrnoPayload, absl::Cord(absl::StrCat(error)));
  return status;
}

}  // namespace

std::string ErrnoText(int error) {
  std::string text = strerrordesc_np(error) ? strerrordesc_np(error) : absl::StrCat("errno ", error);
  // "Invalid argument" but "RPC struct is bad": only an ordinary first word loses its capital.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])))
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Status ErrnoError(int error, absl::string_view call) {
  return WithErrno(Status(absl::ErrnoToStatusCode(error), absl::StrCat(call, ": ", ErrnoText(error))), error);
}

int ErrnoOf(const Status& status) {
  int error = 0;
  if (auto payload = status.GetPayload(kErrnoPayload)) {
    if (!absl::SimpleAtoi(std::string(*payload), &error)) return 0;
  }
  return error;
}

Status WithContext(const Status& status, absl::string_view context) {
  Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  return WithLines(WithErrno(std::move(annotated), ErrnoOf(status)), LinesOf(status));
}

Status WithLines(Status status, absl::string_view lines) {
  if (!lines.empty()) status.SetPayload(kLinesPayload, absl::Cord(lines));
  return status;
}

std::string LinesOf(const Status& status) {
  const auto payload = status.GetPayload(kLinesPayload);
  return payload ? std::string(*payload) : "";
}

std::string SerializeStatus(const Status& status) {
  const std::string lines = LinesOf(status);
  return absl::StrCat(static_cast<int>(status.code()), " ", ErrnoOf(status), " ", status.message(),
                      lines.empty() ? "" : std::string(1, kLinesMark), lines);
}

Status ParseStatus(absl::string_view bytes) {
  std::pair<absl::string_view, absl::string_view> code_rest = absl::StrSplit(bytes, absl::MaxSplits(' ', 1));
  std::pair<absl::string_view, absl::string_view> errno_text =
      absl::StrSplit(code_rest.second, absl::MaxSplits(' ', 1));
  int code = 0;
  int error = 0;
  if (!absl::SimpleAtoi(code_rest.first, &code) || !absl::SimpleAtoi(errno_text.first, &error))
    return absl::InternalError("the child's error report is malformed");
  const std::pair<absl::string_view, absl::string_view> message_lines =
      absl::StrSplit(errno_text.second, absl::MaxSplits(kLinesMark, 1));
  return WithLines(WithErrno(Status(static_cast<absl::StatusCode>(code), message_lines.first), error),
                   message_lines.second);
}

}  // namespace tare
