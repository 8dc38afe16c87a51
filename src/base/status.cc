#include "base/status.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/kernel_version.h"
#include "base/lines.h"

namespace tare {
namespace {

constexpr char kErrnoPayload[] = "tare/errno";
constexpr char kLinesPayload[] = "tare/lines";
constexpr char kHintPayload[] = "tare/hint";
constexpr char kSeparator = '\0';  // between message, lines and hint in a serialized status

Status WithErrno(Status status, int error) {
  if (error != 0) status.SetPayload(kErrnoPayload, absl::Cord(absl::StrCat(error)));
  return status;
}

Status WithText(Status status, const char* payload, absl::string_view text) {
  if (!text.empty()) status.SetPayload(payload, absl::Cord(text));
  return status;
}

std::string TextOf(const Status& status, const char* payload) {
  const auto text = status.GetPayload(payload);
  return text ? std::string(*text) : "";
}

}  // namespace

std::string ErrnoText(int error) {
  std::string text = strerrordesc_np(error) ? strerrordesc_np(error) : absl::StrCat("errno ", error);
  // "Invalid argument" begins with a lower-case letter, but the acronym in "RPC struct is bad" stays
  // as it is.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])))
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Status ErrnoError(int error, absl::string_view call) {
  std::string message = absl::StrCat(call, ": ", ErrnoText(error));
  if (error == ENOSYS)  // the kernel does not have the call, perhaps because it is too old
    if (const std::string reason = TooOldKernel(); !reason.empty()) absl::StrAppend(&message, ": ", reason);
  return WithErrno(Status(absl::ErrnoToStatusCode(error), message), error);
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
  annotated = WithErrno(std::move(annotated), ErrnoOf(status));
  return WithHint(WithLines(std::move(annotated), LinesOf(status)), HintOf(status));
}

Status WithLines(Status status, absl::string_view lines) {
  return WithText(std::move(status), kLinesPayload, lines);
}

std::string LinesOf(const Status& status) {
  return TextOf(status, kLinesPayload);
}

Status WithHint(Status status, absl::string_view hint) {
  return WithText(std::move(status), kHintPayload, hint);
}

std::string HintOf(const Status& status) {
  return TextOf(status, kHintPayload);
}

std::string SerializeStatus(const Status& status) {
  std::vector<std::string> texts = {std::string(status.message()), LinesOf(status), HintOf(status)};
  while (texts.size() > 1 && texts.back().empty()) texts.pop_back();
  return absl::StrCat(static_cast<int>(status.code()), " ", ErrnoOf(status), " ",
                      absl::StrJoin(texts, absl::string_view(&kSeparator, 1)));
}

Status ParseStatus(absl::string_view bytes) {
  std::pair<absl::string_view, absl::string_view> code_rest = absl::StrSplit(bytes, absl::MaxSplits(' ', 1));
  std::pair<absl::string_view, absl::string_view> errno_text =
      absl::StrSplit(code_rest.second, absl::MaxSplits(' ', 1));
  int code = 0;
  int error = 0;
  if (!absl::SimpleAtoi(code_rest.first, &code) || !absl::SimpleAtoi(errno_text.first, &error))
    return absl::InternalError("the child's error report is malformed");
  std::vector<std::string> texts = absl::StrSplit(errno_text.second, kSeparator);
  texts.resize(3);
  Status status = WithErrno(Status(static_cast<absl::StatusCode>(code), texts[0]), error);
  return WithHint(WithLines(std::move(status), texts[1]), texts[2]);
}

}  // namespace tare
