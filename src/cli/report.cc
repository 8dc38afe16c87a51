#include "cli/report.h"

#include <unistd.h>

#include <array>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/plain_log.h"
#include "cli/output.h"
#include "cli/usage.h"

namespace tare::cli {
namespace {

// The beginnings of errors that programs match, in words for people.
struct Beginning {
  absl::string_view matched;
  absl::string_view plain;
};
constexpr std::array kBeginnings = {Beginning{"tare create failed: ", "cannot create"},
                                    Beginning{"tare run failed: ", "cannot run"},
                                    Beginning{"exec failed: ", "cannot exec in"}};

// What comes between the beginning and the cause.
constexpr std::array<absl::string_view, 2> kBetween = {"unable to start container process: ",
                                                       "error during container init: "};

std::string FirstLine(const std::string& lines) {
  return lines.substr(0, lines.find('\n'));
}

void ReportToPerson(const Status& status, absl::string_view id) {
  log::Error(PlainError(status, id));
  std::vector<std::string> hints = absl::StrSplit(LinesOf(status), '\n');
  hints.front() = HintOf(status);
  for (const std::string& hint : hints) {
    if (!hint.empty()) log::Hint(hint);
  }
}

void ReportToProgram(const Status& status) {
  const std::string lines = LinesOf(status);
  if (log::ToFile() || lines.empty()) log::Error(status.message());
  if (!lines.empty()) {
    // The first line is runc's, and scripts expect no other; the others explain it to a person.
    log::Say(isatty(STDERR_FILENO) ? lines : FirstLine(lines));
  } else if (log::ToFile()) {
    log::Say(status.message());
  }
}

}  // namespace

std::string PlainError(const Status& status, absl::string_view id) {
  if (const std::optional<Mistake> mistake = MistakeOf(status)) return PlainText(*mistake);
  absl::string_view message = status.message();
  for (const Beginning& beginning : kBeginnings) {
    if (!absl::ConsumePrefix(&message, beginning.matched)) continue;
    for (absl::string_view words : kBetween) absl::ConsumePrefix(&message, words);
    const std::string lines = LinesOf(status);
    return absl::StrCat(beginning.plain, " \"", id,
                        "\": ", lines.empty() ? std::string(message) : FirstLine(lines));
  }
  absl::ConsumePrefix(&message, "tare: ");  // the log puts it there
  return std::string(message);
}

void Report(const Status& status, absl::string_view id) {
  if (log::IsPlain()) {
    ReportToPerson(status, id);
  } else {
    ReportToProgram(status);
  }
}

void ReportUsage(const Status& status, absl::string_view headline, absl::string_view see) {
  const Mistake mistake = MistakeOf(status).value_or(Mistake{.plain = std::string(status.message())});
  const std::string see_line = absl::StrCat("See '", see, "'.\n");
  if (log::IsPlain()) {
    log::Error(PlainText(mistake));
    WriteAll(STDERR_FILENO, see_line, "standard error").IgnoreError();
    return;
  }
  const std::string question =
      mistake.suggestion.empty() ? "" : absl::StrCat("Did you mean ", mistake.suggestion, "?\n");
  // Whether anybody reads this or not: the error is what matters.
  WriteAll(STDOUT_FILENO, absl::StrCat(headline, "\n\n", question, see_line), "standard output")
      .IgnoreError();
  Report(status);
}

}  // namespace tare::cli
