// The log of --log, --log-format, --log-level and --debug. Its lines have the format of Go's logrus: engines
// show their users the `msg` of the last {"level":"error",...} line in the JSON log.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::log {

enum class Level { kDebug, kInfo, kWarning, kError, kNone };
enum class Format { kText, kJson };
enum class Destination { kFile, kJournal, kSyslog };

struct Options {
  Destination destination = Destination::kFile;
  // Of the file; empty: standard error. For the journal and for syslog, the name to log under.
  std::string path;
  Format format = Format::kText;
  Level level = Level::kInfo;
  bool asked = false;  // the caller chose a level, or named standard error as the log
};

// Opens the log: a file for appending, which has mode 0644 if it is new, or the socket of the journal or of
// syslog. Before this, the log is standard error, as text.
Status Open(const Options& options);

// Called when the container is about to inherit standard error. From now on, only errors are written there:
// an engine would store anything else as output of the container. Nothing changes if standard error is a
// terminal, or if the caller asked for more (Options::asked).
void SpareContainersStderr();

// Called before the container's terminal replaces standard error. If that is the log, the log keeps the old
// one, until the program is executed or Close() is called.
void KeepStderr();

// Writes the log to `fd` from now on, as text. The caller keeps ownership of `fd`. What cannot be written at
// once is lost.
void OpenAt(int fd, Level level);

// Closes the log if it is not standard error, for a process that outlives the command. Nothing is logged
// from then on.
void Close();

// True if the log is not standard error. Errors are then written to standard error as well (cli/report.h).
bool ToFile();

// The descriptor of the log.
int Descriptor();

// True if a line of `level` would be written. Lets hot paths skip composing one.
bool Enabled(Level level);

// Writes one line. Lines of up to PIPE_BUF bytes are written by a single write(2), so that the lines of
// several processes do not mix. If the log is a pipe that is not read, this waits, but no more than three
// seconds for all lines together; after that, what does not fit is lost.
void Write(Level level, absl::string_view message);

// The name of this process in the lines of its steps (base/step.h): "init", for a child that logs beside its
// parent. `name` must live as long as the process.
void NameProcess(const char* name);

// Writes a line to standard error as it is, without level and time, and with the same limit on waiting.
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
