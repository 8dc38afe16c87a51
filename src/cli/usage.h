// Mistakes in the command line. Programs match runc's words, which are the message of the error; a person at
// a terminal gets plainer ones.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cli {

struct Mistake {
  std::string plain;       // "unknown flag --fromat"
  std::string suggestion;  // "--format", or empty
};

Status UsageError(absl::string_view message, const Mistake& mistake);

// Nothing if `status` is another error.
std::optional<Mistake> MistakeOf(const Status& status);

// "unknown flag --fromat; did you mean --format?"
std::string PlainText(const Mistake& mistake);

}  // namespace tare::cli
