#include "streams/stdio.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "terminal/pty.h"

namespace tare::streams {
namespace {

using kernel::Fd;

// How long to wait for a client to open its end of a FIFO.
constexpr absl::Duration kOpenAtMost = absl::Seconds(10);
constexpr absl::Duration kPollInterval = absl::Milliseconds(2);

// How long a reader may read nothing before it is considered dead. containerd's client drops a FIFO when the
// process is deleted, even if it has unread output. The kernel does not report when a FIFO becomes empty.
constexpr absl::Duration kReaderTimeout = absl::Seconds(2);

int Unread(const Fd& fifo) {
  int unread = 0;
  return fifo && ioctl(fifo.get(), FIONREAD, &unread) == 0 ? unread : 0;
}

bool IsLogger(const std::string& name) {
  return absl::StartsWith(name, "binary://") || absl::StartsWith(name, "binary-v2://");
}

StatusOr<Fd> OpenFile(absl::string_view path) {
  const std::string file(path);
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(file.substr(0, file.rfind('/')), 0755));
  return kernel::Open(file, O_WRONLY | O_APPEND | O_CREAT, 0644);
}

}  // namespace

void Stdio::Open(const std::function<void(Status)>& then) {
  deadline_ = loop_.After(kOpenAtMost, [this] { stop_waiting_ = true; });
  // From the Loop, not from within the logger: `then` may destroy this object, and the logger with it.
  const auto report = [this, then](const Status& ready) { loop_.Soon([then, ready] { then(ready); }); };
  OpenAll([this, report](const Status& opened) {
    if (!opened.ok() || !IsLogger(names_.out)) return report(opened);
    if (Status started = StartLogger(report); !started.ok()) report(started);
  });
}

// The process is created only when its output has readers. Otherwise a client that opens its end after the
// process has exited would wait for a writer forever, and the output would be lost.
void Stdio::OpenAll(const std::function<void(Status)>& then) {
  Status opened = OpenNames();
  if (ErrnoOf(opened) != ENXIO) return then(std::move(opened));
  poll_ = loop_.After(kPollInterval, [this, then] { OpenAll(then); });
}

Status Stdio::OpenNames() {
  TARE_RETURN_IF_ERROR(OpenInput(), "standard input");
  if (IsLogger(names_.out)) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(OpenOutput(names_.out, STDOUT_FILENO), "standard output");
  if (names_.terminal) return absl::OkStatus();
  return Annotate(OpenOutput(names_.err, STDERR_FILENO), "standard error");
}

Status Stdio::OpenInput() {
  if (names_.in.empty() || ends_[0]) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(ends_[0], kernel::Open(names_.in, O_RDONLY | O_NONBLOCK));
  if (!stdin_closed_) {
    TARE_ASSIGN_OR_RETURN(stdin_hold_, kernel::Open(names_.in, O_WRONLY | O_NONBLOCK));
  }
  return names_.terminal ? absl::OkStatus() : kernel::SetBlocking(ends_[0].get());
}

Status Stdio::OpenOutput(const std::string& name, int number) {
  Fd& end = ends_[static_cast<size_t>(number)];
  if (name.empty() || end) return absl::OkStatus();
  if (absl::string_view path = name; absl::ConsumePrefix(&path, "file://")) {
    TARE_ASSIGN_OR_RETURN(end, OpenFile(path));
    return absl::OkStatus();
  }
  TARE_RETURN_IF_ERROR(OpenFifo(name, number));
  const bool owned = names_.terminal || (owner_.uid == 0 && owner_.gid == 0);
  if (!owned && fchown(end.get(), owner_.uid, owner_.gid) != 0)
    return ErrnoError(errno, absl::StrCat("fchown(", name, ")"));
  return absl::OkStatus();
}

// Fails with ENXIO if nobody has it open for reading yet (fifo(7)).
Status Stdio::OpenFifo(const std::string& name, int number) {
  Fd& read = reads_[static_cast<size_t>(number)];
  if (stop_waiting_) {
    TARE_ASSIGN_OR_RETURN(read, kernel::Open(name, O_RDONLY | O_NONBLOCK));
  }
  TARE_ASSIGN_OR_RETURN(Fd write, kernel::Open(name, O_WRONLY | O_NONBLOCK));
  if (!read) {
    TARE_ASSIGN_OR_RETURN(read, kernel::Open(name, O_RDONLY | O_NONBLOCK));
  }
  if (!names_.terminal) TARE_RETURN_IF_ERROR(kernel::SetBlocking(write.get()));
  ends_[static_cast<size_t>(number)] = std::move(write);
  return absl::OkStatus();
}

Status Stdio::StartLogger(std::function<void(Status)> ready) {
  TARE_ASSIGN_OR_RETURN(const LoggerCommand command, ParseLoggerUri(names_.out));
  TARE_ASSIGN_OR_RETURN(
      logger_, Logger::Start(loop_, command, {owner_.containerd_namespace, owner_.id}, std::move(ready)));
  ends_[STDOUT_FILENO] = logger_->TakeOut();
  Fd err = logger_->TakeErr();
  if (names_.terminal) return kernel::SetNonBlocking(ends_[STDOUT_FILENO].get());
  ends_[STDERR_FILENO] = std::move(err);
  return absl::OkStatus();
}

std::vector<int> Stdio::ends() const {
  std::vector<int> numbers;
  for (const Fd& end : ends_) {
    if (end && !names_.terminal) numbers.push_back(end.get());
  }
  return numbers;
}

Status Stdio::Enter() {
  std::array<int, 3> streams = {-1, -1, -1};
  if (!names_.terminal)
    std::ranges::transform(ends_, streams.begin(), [](const Fd& end) { return end.get(); });
  TARE_RETURN_IF_ERROR(kernel::SetStandardStreams(streams));
  for (Fd& end : ends_) end.Close();
  return absl::OkStatus();
}

Status Stdio::Begin(Fd master) {
  if (master) return PumpTerminal(std::move(master));
  for (Fd& end : ends_) end.Close();
  return absl::OkStatus();
}

Status Stdio::PumpTerminal(Fd master) {
  TARE_RETURN_IF_ERROR(kernel::SetNonBlocking(master.get()));
  if (size_) TARE_RETURN_IF_ERROR(terminal::SetSize(master.get(), *size_));
  if (ends_[STDIN_FILENO]) {
    TARE_ASSIGN_OR_RETURN(Fd keyboard, kernel::Duplicate(master.get()));
    TARE_ASSIGN_OR_RETURN(input_,
                          Pump::Start(loop_, std::move(ends_[STDIN_FILENO]), std::move(keyboard), {}));
  }
  Fd screen = std::move(ends_[STDOUT_FILENO]);
  if (!screen) {
    TARE_ASSIGN_OR_RETURN(screen, kernel::Open("/dev/null", O_WRONLY));
  }
  TARE_ASSIGN_OR_RETURN(Fd output, kernel::Duplicate(master.get()));
  master_ = std::move(master);
  const auto on_loss = [this](const Status& why) {
    log::Warning("output of ", owner_.id, " is lost: ", names_.out, ": ", why.message());
  };
  TARE_ASSIGN_OR_RETURN(output_, Pump::Start(loop_, std::move(output), std::move(screen),
                                             {.on_end = [this] { CheckDrained(); }, .on_loss = on_loss}));
  return absl::OkStatus();
}

Status Stdio::Resize(uint16_t columns, uint16_t rows) {
  if (!names_.terminal) return absl::OkStatus();
  size_ = {.height = rows, .width = columns};
  return master_ ? terminal::SetSize(master_.get(), *size_) : absl::OkStatus();
}

void Stdio::CloseStdin() {
  stdin_closed_ = true;
  stdin_hold_.Close();
}

bool Stdio::drained() const {
  const bool passed_on = (!output_ || output_->ended()) && (!logger_ || logger_->ended());
  return passed_on && (nobody_reads_ || unread() == 0);
}

int64_t Stdio::unread() const {
  int64_t sum = 0;
  for (const Fd& fifo : reads_) sum += Unread(fifo);
  return sum;
}

void Stdio::WhenDrained(absl::Duration at_most, std::function<void()> then) {
  if (drained()) return then();
  when_drained_ = std::move(then);
  deadline_ = loop_.After(at_most, [this] { ReportDrained(); });
  if (logger_) logger_->WhenEnded([this] { CheckDrained(); });
  PollUnread();
}

void Stdio::PollUnread() {
  const int64_t now = unread();
  if (!reader_timeout_ || now < last_unread_)
    reader_timeout_ = loop_.After(kReaderTimeout, [this] { nobody_reads_ = true; });
  last_unread_ = now;
  CheckDrained();
  if (when_drained_) poll_ = loop_.After(kPollInterval, [this] { PollUnread(); });
}

void Stdio::CheckDrained() {
  if (drained()) ReportDrained();
}

// `when_drained_` may destroy this object, which may be called by a pump, so it is called from the Loop.
void Stdio::ReportDrained() {
  deadline_.End();
  poll_.End();
  if (auto then = std::exchange(when_drained_, nullptr)) loop_.Soon(std::move(then));
}

}  // namespace tare::streams
