// The log on a terminal: lines for people instead of the form that programs parse.
#pragma once

#include "absl/strings/string_view.h"

namespace tare::log {

// If standard error is a terminal and the log goes there, lines look like "tare: warning: ..." from here on.
// Control characters in them are spelled out, and the beginning is colored unless NO_COLOR forbids it.
void BePlainOnTerminal();

// True if the log is for people.
bool IsPlain();

// Writes a hint on how to solve the problem just reported, if the log is for people.
void Hint(absl::string_view text);

}  // namespace tare::log
