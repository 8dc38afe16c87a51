#include "supervise/logs.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/log.h"
#include "kernel/socket.h"
#include "supervise/log_reader.h"
#include "supervise/protocol.h"
#include "supervise/session.h"

namespace tare::supervise {
namespace {

using kernel::Fd;

constexpr size_t kMostGathered = 64 * 1024;

// Records as the text that was written, gathered by stream.
class Printer {
 public:
  Printer(const LogsOptions& options, int64_t skip, WriteTo write)
      : options_(options), skip_(skip), write_(write) {}

  Status Take(const Record& record) {
    if (record.time < options_.since) return absl::OkStatus();
    if (skip_ > 0) {
      if (record.ending == Ending::kNewline) --skip_;
      return absl::OkStatus();
    }
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

 private:
  const LogsOptions& options_;
  int64_t skip_;  // whole lines
  WriteTo write_;
  Stream stream_ = Stream::kStdout;
  std::string text_;
  std::array<bool, 2> within_line_{};
};

// How many lines come before the last `tail`.
StatusOr<int64_t> LinesToSkip(const spec::Supervision& record, const LogsOptions& options) {
  if (!options.tail) return 0;
  TARE_ASSIGN_OR_RETURN(LogReader reader, LogReader::Open(record.log, record.log_files));
  int64_t lines = 0;
  TARE_RETURN_IF_ERROR(reader.Read([&](const Record& line) {
    lines += line.time >= options.since && line.ending == Ending::kNewline ? 1 : 0;
    return absl::OkStatus();
  }));
  return std::max<int64_t>(lines - *options.tail, 0);
}

// Until either has something to tell.
void AwaitWriting(int notices, int supervisor, bool& ended) {
  std::array<pollfd, 2> waiting = {pollfd{.fd = notices, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = supervisor, .events = POLLIN, .revents = 0}};
  if (poll(waiting.data(), waiting.size(), -1) < 0) return;
  ended = waiting[1].revents != 0;
  char events[4096];
  if (waiting[0].revents != 0 && read(notices, events, sizeof events) < 0) ended = errno != EINTR;
}

Status FollowLog(const spec::Supervision& record, const Fd& supervisor, LogReader& reader, Printer& printer) {
  const char ask = static_cast<char>(Ask::kWait);
  TARE_RETURN_IF_ERROR(kernel::Send(supervisor.get(), absl::string_view(&ask, 1)));
  const Fd notices(inotify_init1(IN_CLOEXEC));
  if (!notices) return ErrnoError(errno, "inotify_init1");
  for (bool ended = false;;) {
    // Again each time, for after a rotation it is another file.
    (void)inotify_add_watch(notices.get(), record.log.c_str(), IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF);
    TARE_RETURN_IF_ERROR(reader.Read([&](const Record& line) { return printer.Take(line); }));
    TARE_RETURN_IF_ERROR(printer.Flush());
    if (ended) return absl::OkStatus();
    AwaitWriting(notices.get(), supervisor.get(), ended);
  }
}

}  // namespace

Status ShowLogs(const lifecycle::Runtime& runtime, const LogsOptions& options, WriteTo write) {
  TARE_ASSIGN_OR_RETURN(const Session session, Session::Open(runtime.root, options.id));
  TARE_ASSIGN_OR_RETURN(const spec::Supervision record, session.Load());
  TARE_ASSIGN_OR_RETURN(const int64_t skip, LinesToSkip(record, options));
  TARE_ASSIGN_OR_RETURN(LogReader reader, LogReader::Open(record.log, record.log_files));
  Printer printer(options, skip, write);
  // The supervisor first: what it writes after we have read is then told.
  const StatusOr<Fd> supervisor = options.follow == Follow::kNo ? Fd() : session.Connect();
  if (supervisor.ok() && *supervisor) return FollowLog(record, *supervisor, reader, printer);
  TARE_RETURN_IF_ERROR(reader.Read([&](const Record& line) { return printer.Take(line); }));
  TARE_RETURN_IF_ERROR(printer.Flush());
  if (!record.ended && !IsAlive(record))
    log::Warning("nobody supervises container ", options.id,
                 " any more: its supervisor was killed, and with it the log ends");
  return absl::OkStatus();
}

}  // namespace tare::supervise
