#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "absl/strings/str_format.h"
#include "base/log_socket.h"
#include "base/plain_log.h"
#include "base/printable.h"
#include "base/step.h"
#include "base/utc.h"

namespace tare::log {
namespace {

constexpr int kPatience = 3'000;  // milliseconds that a process waits for somebody to read

constexpr int64_t kNoStep = -1;

struct State {
  int fd = STDERR_FILENO;
  Destination destination = Destination::kFile;
  std::string name;  // for the journal and for syslog
  Format format = Format::kText;
  Level level = Level::kInfo;
  int patience = kPatience;
  bool asked = false;
  bool plain = false;
  bool colors = false;
  const char* process = "";
};
State state;  // set once by main, read by all

const char* Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
    case Level::kNone:
      return "error";
  }
  return "error";
}

int Priority(Level level) {
  switch (level) {
    case Level::kDebug:
      return LOG_DEBUG;
    case Level::kInfo:
      return LOG_INFO;
    case Level::kWarning:
      return LOG_WARNING;
    case Level::kError:
    case Level::kNone:
      return LOG_ERR;
  }
  return LOG_ERR;
}

std::string Quote(absl::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
      case '\\':
        quoted += {'\\', c};
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppendFormat(&quoted, "\\u%04x", c);
        } else {
          quoted += c;
        }
    }
  }
  return quoted + "\"";
}

bool TakesMore(int fd) {
  pollfd out{.fd = fd, .events = POLLOUT, .revents = 0};
  int ready = poll(&out, 1, state.patience);
  while (ready < 0 && errno == EINTR) ready = poll(&out, 1, state.patience);
  if (ready == 0) state.patience = 0;  // the rest is not waited for
  return ready > 0;
}

// What cannot be written (a full disk, a reader that is gone or does not read) must not stop a container.
void Put(int fd, absl::string_view text) {
  while (!text.empty() && TakesMore(fd)) {
    const ssize_t written = write(fd, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

// no-color.org: set, and not empty. A terminal without a name, or a dumb one, shows escape sequences as text.
bool WantsColors() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || *terminal == '\0' || absl::string_view(terminal) == "dumb";
  return !dumb && (no_color == nullptr || *no_color == '\0');
}

std::string Painted(absl::string_view text, absl::string_view color) {
  return state.colors ? absl::StrCat("\033[", color, "m", text, "\033[0m") : std::string(text);
}

std::string PlainLine(Level level, absl::string_view message) {
  constexpr char kRed[] = "1;31";
  constexpr char kYellow[] = "1;33";
  const std::string prefix = level == Level::kError     ? Painted("tare:", kRed)
                             : level == Level::kWarning ? Painted("tare: warning:", kYellow)
                                                        : absl::StrCat("tare: ", Name(level), ":");
  return absl::StrCat(prefix, " ", Printable(message), "\n");
}

// The time of a step is a member of its own in JSON, and the end of the message in text.
std::string JsonObject(Level level, absl::string_view message, int64_t step) {
  return absl::StrCat("{\"level\":\"", Name(level), "\",\"msg\":", Quote(message), ",\"time\":\"",
                      UtcTime(std::time(nullptr)), "\"", step < 0 ? "" : absl::StrCat(",\"us\":", step), "}");
}

std::string Text(absl::string_view message, int64_t step) {
  return step < 0 ? std::string(message) : absl::StrCat(message, "; ", step, " us");
}

std::string Line(Level level, absl::string_view message, int64_t step) {
  if (state.plain) return PlainLine(level, Text(message, step));
  if (state.format == Format::kJson) return absl::StrCat(JsonObject(level, message, step), "\n");
  return absl::StrCat("time=\"", UtcTime(std::time(nullptr)), "\" level=", Name(level),
                      " msg=", Quote(Text(message, step)), "\n");
}

// The daemon adds the level and the time, so in the text format the message is sent as it is.
void Send(Level level, absl::string_view message, int64_t step) {
  const std::string text =
      state.format == Format::kJson ? JsonObject(level, message, step) : Text(message, step);
  const LogEntry entry{.name = state.name, .priority = Priority(level), .message = text};
  const std::string datagram =
      state.destination == Destination::kJournal ? JournalDatagram(entry) : SyslogDatagram(entry, getpid());
  if (TakesMore(state.fd))
    (void)send(state.fd, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// `step`: the microseconds that it took; kNoStep for other messages.
void WriteAnywhere(Level level, absl::string_view message, int64_t step) {
  if (state.destination == Destination::kFile)
    Put(state.fd, Line(level, message, step));
  else
    Send(level, message, step);
}

StatusOr<int> OpenFile(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return ErrnoError(errno, absl::StrCat("open(", path, ")"));
  return fd;
}

StatusOr<int> OpenDestination(const Options& options) {
  switch (options.destination) {
    case Destination::kFile:
      return options.path.empty() ? StatusOr<int>(STDERR_FILENO) : OpenFile(options.path);
    case Destination::kJournal:
      return ConnectLog(kJournalSocket);
    case Destination::kSyslog:
      return ConnectLog(kSyslogSocket);
  }
  return STDERR_FILENO;
}

}  // namespace

Status Open(const Options& options) {
  state.format = options.format;
  state.level = options.level;
  state.asked = options.asked;
  state.plain = false;
  TARE_ASSIGN_OR_RETURN(state.fd, OpenDestination(options));
  state.destination = options.destination;
  state.name = options.path;
  return absl::OkStatus();
}

void BePlainOnTerminal() {
  if (ToFile() || isatty(STDERR_FILENO) != 1) return;
  state.plain = true;
  state.colors = WantsColors();
}

bool IsPlain() {
  return state.plain;
}

void SpareContainersStderr() {
  if (ToFile() || state.asked || isatty(STDERR_FILENO) == 1) return;
  state.level = Level::kError;
}

void KeepStderr() {
  if (ToFile()) return;
  if (const int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); fd >= 0) state.fd = fd;
}

void OpenAt(int fd, Level level) {
  state = {.fd = fd, .format = Format::kText, .level = level, .patience = 0};
}

void Close() {
  if (!ToFile()) return;
  close(state.fd);
  state = {.level = Level::kNone};
}

bool ToFile() {
  return state.fd != STDERR_FILENO;
}

int Descriptor() {
  return state.fd;
}

bool Enabled(Level level) {
  return level >= state.level;
}

void Write(Level level, absl::string_view message) {
  if (Enabled(level)) WriteAnywhere(level, message, kNoStep);
}

void NameProcess(const char* name) {
  state.process = name;
}

int64_t MonotonicMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

void WriteStep(absl::string_view what, int64_t microseconds) {
  if (!Enabled(Level::kDebug)) return;  // the log has been closed meanwhile
  const std::string message =
      *state.process == '\0' ? std::string(what) : absl::StrCat(state.process, ": ", what);
  WriteAnywhere(Level::kDebug, message, microseconds);
}

void Say(absl::string_view text) {
  Put(STDERR_FILENO, absl::StrCat(text, "\n"));
}

void Hint(absl::string_view text) {
  constexpr char kCyan[] = "1;36";
  if (state.plain) Put(state.fd, absl::StrCat(Painted("hint:", kCyan), " ", Printable(text), "\n"));
}

}  // namespace tare::log
