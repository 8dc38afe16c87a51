// Mistakes in the command line. The message of such an error has runc's words, because programs match them;
// at a terminal, plainer words are shown instead.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::line {

struct Mistake {
  std::string plain;       // "unknown flag --fromat"
  std::string suggestion;  // "--format", or empty
};

Status UsageError(absl::string_view message, const Mistake& mistake);

// The same words for programs and at a terminal.
Status UsageError(absl::string_view message);

// Nothing if `status` is not a usage error.
std::optional<Mistake> MistakeOf(const Status& status);

// "unknown flag --fromat; did you mean --format?"
std::string PlainText(const Mistake& mistake);

}  // namespace tare::line
