// The log at a terminal: plain lines instead of the format that programs parse.
#pragma once

#include "absl/strings/string_view.h"

namespace tare::log {

// If the log is standard error and that is a terminal, lines look like "tare: warning: ..." from now on.
// Control characters in them are spelled out, and the beginning is colored unless NO_COLOR forbids it.
void BePlainOnTerminal();

// True after BePlainOnTerminal() on a terminal.
bool IsPlain();

// If the log is plain, writes a hint on how to solve the problem that was just reported.
void Hint(absl::string_view text);

}  // namespace tare::log
