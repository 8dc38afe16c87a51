// The log: what --log, --log-format, --log-level and --debug say. Lines are logrus-compatible: engines show
// the `msg` of the last {"level":"error",...} line of the JSON log to their users.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::log {

enum class Level { kDebug, kInfo, kWarning, kError, kNone };
enum class Format { kText, kJson };

struct Options {
  std::string path;  // empty: standard error
  Format format = Format::kText;
  Level level = Level::kInfo;
  bool asked = false;  // the caller chose the level, or standard error by its name
};

// Opens the log (append, created 0644). Without a call, warnings and errors go to standard error as text.
Status Open(const Options& options);

// Standard error becomes a container's: from here on only errors are written there, unless it is a terminal,
// which is a person's, or the caller asked for more. Under an engine it is the container's output, and kept.
void SpareContainersStderr();

// Standard error is about to be replaced, by the container's terminal: what was written there goes on to
// where it led, until the program is executed or Close().
void KeepStderr();

// The log goes to `fd`, which stays the caller's, as text. What `fd` does not take at once is lost.
void OpenAt(int fd, Level level);

// Of a process that lives on without the log's file: what it would write there is lost.
void Close();

// True if the log is not standard error: then main says an error there as well.
bool ToFile();

// Where it is written.
int Descriptor();

// True if a line of `level` would be written: lets hot paths skip making one.
bool Enabled(Level level);

// Writes one line, of up to PIPE_BUF bytes in a single write(2), so that lines of several processes do not
// mix. Where nobody reads, this waits three seconds in all, and then goes without.
void Write(Level level, absl::string_view message);

// The same for a line of text alone, on standard error.
void Say(absl::string_view text);

template <typename... Parts>
void Debug(const Parts&... parts) {
  if (Enabled(Level::kDebug)) Write(Level::kDebug, absl::StrCat(parts...));
}
template <typename... Parts>
void Warning(const Parts&... parts) {
  if (Enabled(Level::kWarning)) Write(Level::kWarning, absl::StrCat(parts...));
}
template <typename... Parts>
void Error(const Parts&... parts) {
  Write(Level::kError, absl::StrCat(parts...));
}

}  // namespace tare::log
