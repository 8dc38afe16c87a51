#include "session/logs.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <optional>

#include "base/log.h"
#include "kernel/wait.h"
#include "session/client.h"
#include "session/log_reader.h"
#include "session/session.h"

namespace tare::session {
namespace {

using kernel::Fd;

constexpr size_t kMostGathered = 64 * 1024;

void WarnOfGap(const Gap& gap) {
  const std::string much = gap.bytes ? absl::StrCat(gap.at_least ? "at least " : "", *gap.bytes, " bytes")
                                     : std::string("an unknown amount of output");
  log::Warning("the log is incomplete here: rotation removed ", much, " that had not been read yet");
}

// Turns records back into the text that was written, gathered by stream. With `tail`, records are held
// back until Release(): the log is written and rotated while it is read, so the last lines are only known
// at its end.
class Printer {
 public:
  Printer(const LogsOptions& options, WriteTo write)
      : options_(options), write_(write), holds_(options.tail.has_value()) {}

  Status Take(const Record& record) {
    if (record.time < options_.since) return absl::OkStatus();
    if (!holds_) return Print(record);
    held_.push_back({.time = std::string(record.time),
                     .stream = record.stream,
                     .ending = record.ending,
                     .text = std::string(record.text)});
    if (record.ending == Ending::kNewline) ++held_lines_;
    while (held_lines_ > *options_.tail) DropLine();
    return absl::OkStatus();
  }

  Status Miss(const Gap& gap) {
    if (holds_) {
      held_.push_back({.gap = gap});
      return absl::OkStatus();
    }
    Status flushed = Flush();
    WarnOfGap(gap);
    return flushed;
  }

  // Everything that exists now has been read.
  Status Release() {
    holds_ = false;
    for (const Held& held : std::exchange(held_, {})) {
      if (held.gap) {
        TARE_RETURN_IF_ERROR(Miss(*held.gap));
        continue;
      }
      TARE_RETURN_IF_ERROR(
          Print({.time = held.time, .stream = held.stream, .ending = held.ending, .text = held.text}));
    }
    return Flush();
  }

 private:
  struct Held {
    std::optional<Gap> gap;  // instead of a record
    std::string time;
    Stream stream = Stream::kStdout;
    Ending ending = Ending::kNewline;
    std::string text;
  };

  // The oldest line, with gaps before its end.
  void DropLine() {
    for (bool dropped = false; !dropped; held_.pop_front())
      dropped = !held_.front().gap && held_.front().ending == Ending::kNewline;
    --held_lines_;
  }

  Status Print(const Record& record) {
    if (record.stream != stream_ || text_.size() > kMostGathered) TARE_RETURN_IF_ERROR(Flush());
    stream_ = record.stream;
    bool& within = within_line_[static_cast<size_t>(stream_)];
    if (options_.times == Times::kShown && !within) absl::StrAppend(&text_, record.time, " ");
    text_.append(record.text.data(), record.text.size());
    within = record.ending == Ending::kNone;
    if (!within) text_ += '\n';
    return absl::OkStatus();
  }

  Status Flush() {
    const std::string text = std::exchange(text_, "");
    return text.empty() ? absl::OkStatus() : write_(stream_, text);
  }

  const LogsOptions& options_;
  WriteTo write_;
  bool holds_;
  std::deque<Held> held_;
  int64_t held_lines_ = 0;
  Stream stream_ = Stream::kStdout;
  std::string text_;
  std::array<bool, 2> within_line_{};
};

// Waits until the log may have grown. The number of inotify(7) watches is limited (fs.inotify.*); if there is
// none, returns after a short time.
class Notices {
 public:
  Notices() : inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

  // Watches the file by its descriptor, because it is renamed, and the directory for the next file.
  void Watch(int file, const std::string& directory) {
    const std::string path = absl::StrCat("/proc/self/fd/", file);
    watches_ = inotify_add_watch(inotify_.get(), path.c_str(), IN_MODIFY) >= 0 &&
               inotify_add_watch(inotify_.get(), directory.c_str(), IN_MOVED_TO | IN_MOVE_SELF) >= 0;
  }

  // Also returns when the supervisor has exited.
  void Await(int supervisor) const {
    constexpr absl::Duration kNowAndThen = absl::Milliseconds(200);
    std::array<pollfd, 2> waiting = {pollfd{.fd = inotify_.get(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = supervisor, .events = POLLIN, .revents = 0}};
    const kernel::Deadline deadline =
        watches_ ? kernel::Deadline::Never() : kernel::Deadline::After(kNowAndThen);
    if (!kernel::WaitForAny(waiting, deadline).value_or(false)) return;
    char events[4096];
    while (waiting[0].revents != 0 && read(inotify_.get(), events, sizeof events) > 0) {
    }
  }

 private:
  Fd inotify_;
  bool watches_ = false;
};

Status ShowNew(LogReader& reader, Printer& printer) {
  TARE_RETURN_IF_ERROR(reader.Read([&](const Record& line) { return printer.Take(line); },
                                   [&](const Gap& gap) { return printer.Miss(gap); }));
  return printer.Release();
}

Status FollowLog(const std::string& path, const Fd& supervisor, LogReader& reader, Printer& printer) {
  const std::string directory = path.substr(0, path.find_last_of('/') + 1);
  Notices notices;
  for (bool ended = false; !ended;) {
    ended = Readable(supervisor.get(), absl::ZeroDuration());
    notices.Watch(reader.descriptor(), directory);
    const int64_t files = reader.files();
    TARE_RETURN_IF_ERROR(ShowNew(reader, printer));
    // Only the newest file is watched; if another one was read meanwhile, it has to be looked for again.
    if (ended || reader.files() != files) continue;
    notices.Await(supervisor.get());
  }
  if (const std::optional<Gap> gap = reader.GoneWithLog()) WarnOfGap(*gap);
  return absl::OkStatus();
}

}  // namespace

Status ShowLogs(const std::string& root, const LogsOptions& options, WriteTo write) {
  TARE_ASSIGN_OR_RETURN(const Session session, OpenSession(root, options.id));
  TARE_ASSIGN_OR_RETURN(const SupervisorRecord record, session.Load());
  // The supervisor is opened first, so that nothing that it writes after our reading is missed.
  Fd supervisor;
  if (options.follow == Follow::kUntilItEnds) {
    TARE_ASSIGN_OR_RETURN(supervisor, SupervisorOf(session));
  }
  TARE_ASSIGN_OR_RETURN(LogReader reader,
                        LogReader::Open(record.log, record.log_files, LogStartsOf(session)));
  Printer printer(options, write);
  TARE_RETURN_IF_ERROR(supervisor ? FollowLog(record.log, supervisor, reader, printer)
                                  : ShowNew(reader, printer));
  const StatusOr<SupervisorRecord> now = session.Load();
  if (now.ok() && !now->ended && HasExited(*now))
    log::Warning(SupervisorKilled(options.id), "; output since then is not in the log");
  return absl::OkStatus();
}

}  // namespace tare::session
