#include "line/report.h"

#include <unistd.h>

#include <array>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/plain_log.h"
#include "line/output.h"
#include "line/usage.h"

namespace tare::line {
namespace {

// Programs match these beginnings of errors; a terminal shows plain words instead.
struct Beginning {
  absl::string_view matched;
  absl::string_view plain;
};
constexpr std::array kBeginnings = {Beginning{"tare create failed: ", "cannot create"},
                                    Beginning{"tare run failed: ", "cannot run"},
                                    Beginning{"exec failed: ", "cannot exec in"}};

// The parts between such a beginning and the cause.
constexpr std::array<absl::string_view, 2> kBetween = {"unable to start container process: ",
                                                       "error during container init: "};

std::string FirstLine(const std::string& lines) {
  return lines.substr(0, lines.find('\n'));
}

std::string SeeLine(absl::string_view see) {
  return absl::StrCat("See '", see, "'.\n");
}

void ReportAtTerminal(const Status& status, const About& about) {
  log::Error(PlainError(status, about.id));
  std::vector<std::string> hints = absl::StrSplit(LinesOf(status), '\n');
  hints.front() = HintOf(status);
  for (const std::string& hint : hints) {
    if (!hint.empty()) log::Hint(hint);
  }
  if (MistakeOf(status) && !about.see.empty())
    WriteAll(STDERR_FILENO, SeeLine(about.see), "standard error").IgnoreError();
}

void ReportToProgram(const Status& status) {
  const std::string lines = LinesOf(status);
  if (log::ToFile() || lines.empty()) log::Error(status.message());
  if (!lines.empty()) {
    // The first line is runc's, and scripts expect no other. The rest explains it at a terminal.
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
  absl::ConsumePrefix(&message, "tare: ");  // the log adds it again
  return std::string(message);
}

void Report(const Status& status, const About& about) {
  if (log::IsPlain()) {
    ReportAtTerminal(status, about);
  } else {
    ReportToProgram(status);
  }
}

void ReportUsage(const Status& status, absl::string_view headline, absl::string_view see) {
  if (!log::IsPlain()) {
    const std::string suggestion = MistakeOf(status).value_or(Mistake()).suggestion;
    const std::string question = suggestion.empty() ? "" : absl::StrCat("Did you mean ", suggestion, "?\n");
    // If this cannot be written, the error is still reported.
    WriteAll(STDOUT_FILENO, absl::StrCat(headline, "\n\n", question, SeeLine(see)), "standard output")
        .IgnoreError();
  }
  Report(status, {.see = see});
}

}  // namespace tare::line
