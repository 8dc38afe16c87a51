#include "shim/stdio.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "terminal/pty.h"

namespace tare::shim {
namespace {

using kernel::Fd;

// Of a client whose FIFO is there, but that has not opened it yet.
constexpr absl::Duration kReaderAtMost = absl::Seconds(10);
constexpr absl::Duration kLookAgain = absl::Milliseconds(2);

// containerd's client drops a FIFO when the process is deleted, read or not. That of a client that died is
// never read, and the kernel does not tell when one is empty.
constexpr absl::Duration kReadAtMost = absl::Seconds(2);

bool IsEmpty(const Fd& fifo) {
  int unread = 0;
  return !fifo || ioctl(fifo.get(), FIONREAD, &unread) != 0 || unread == 0;
}

bool IsLogger(const std::string& name) {
  return absl::StartsWith(name, "binary://") || absl::StartsWith(name, "binary-v2://");
}

StatusOr<Fd> OpenFile(absl::string_view path) {
  const std::string file(path);
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(file.substr(0, file.rfind('/')), 0755));
  return kernel::Open(file, O_WRONLY | O_APPEND | O_CREAT, 0644);
}

Status SetBlocking(int fd) {
  if (fcntl(fd, F_SETFL, 0) != 0) return ErrnoError(errno, "fcntl(F_SETFL)");
  return absl::OkStatus();
}

Status SetNonBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return ErrnoError(errno, "fcntl(F_SETFL)");
  return absl::OkStatus();
}

}  // namespace

void Stdio::Open(kernel::Loop& loop, const StdioNames& names, const StdioOwner& owner, const Opened& then) {
  auto stdio = std::make_shared<std::unique_ptr<Stdio>>(new Stdio(loop, names.terminal));
  Stdio* const raw = stdio->get();
  raw->deadline_ = loop.After(kReaderAtMost, [raw] { raw->reader_is_late_ = true; });
  // From the Loop, not from within the Stdio or its logger, which goes with it if it is not ready.
  const auto tell = [&loop, stdio, then](const Status& ready) {
    loop.Soon([stdio, then, ready] { ready.ok() ? then(std::move(*stdio)) : then(ready); });
  };
  raw->OpenAll(names, owner, [raw, names, owner, tell](const Status& opened) {
    if (!opened.ok() || !IsLogger(names.out)) return tell(opened);
    if (Status started = raw->StartLogger(names, owner, tell); !started.ok()) tell(started);
  });
}

// A client that opens its end only when the program has left would wait for a writer for ever, and its words
// would be lost. So a program begins when it is heard.
void Stdio::OpenAll(const StdioNames& names, const StdioOwner& owner,
                    const std::function<void(Status)>& then) {
  Status opened = OpenNames(names, owner);
  if (ErrnoOf(opened) != ENXIO) return then(std::move(opened));
  again_ = loop_.After(kLookAgain, [this, names, owner, then] { OpenAll(names, owner, then); });
}

Status Stdio::OpenNames(const StdioNames& names, const StdioOwner& owner) {
  TARE_RETURN_IF_ERROR(OpenInput(names.in), "standard input");
  if (IsLogger(names.out)) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(OpenOutput(names.out, STDOUT_FILENO, owner), "standard output");
  if (terminal_) return absl::OkStatus();
  return Annotate(OpenOutput(names.err, STDERR_FILENO, owner), "standard error");
}

Status Stdio::OpenInput(const std::string& name) {
  if (name.empty() || ends_[0]) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(ends_[0], kernel::Open(name, O_RDONLY | O_NONBLOCK));
  TARE_ASSIGN_OR_RETURN(stdin_hold_, kernel::Open(name, O_WRONLY | O_NONBLOCK));
  return terminal_ ? absl::OkStatus() : SetBlocking(ends_[0].get());
}

Status Stdio::OpenOutput(const std::string& name, int number, const StdioOwner& owner) {
  Fd& end = ends_[static_cast<size_t>(number)];
  if (name.empty() || end) return absl::OkStatus();
  if (absl::string_view path = name; absl::ConsumePrefix(&path, "file://")) {
    TARE_ASSIGN_OR_RETURN(end, OpenFile(path));
    return absl::OkStatus();
  }
  TARE_RETURN_IF_ERROR(OpenFifo(name, number));
  const bool owned = terminal_ || (owner.uid == 0 && owner.gid == 0);
  if (!owned && fchown(end.get(), owner.uid, owner.gid) != 0)
    return ErrnoError(errno, absl::StrCat("fchown(", name, ")"));
  return absl::OkStatus();
}

// ENXIO: nobody has it open for reading yet (fifo(7)).
Status Stdio::OpenFifo(const std::string& name, int number) {
  Fd& read = reads_[static_cast<size_t>(number)];
  if (reader_is_late_) {
    TARE_ASSIGN_OR_RETURN(read, kernel::Open(name, O_RDONLY | O_NONBLOCK));
  }
  TARE_ASSIGN_OR_RETURN(Fd write, kernel::Open(name, O_WRONLY | O_NONBLOCK));
  if (!read) {
    TARE_ASSIGN_OR_RETURN(read, kernel::Open(name, O_RDONLY | O_NONBLOCK));
  }
  if (!terminal_) TARE_RETURN_IF_ERROR(SetBlocking(write.get()));
  ends_[static_cast<size_t>(number)] = std::move(write);
  return absl::OkStatus();
}

Status Stdio::StartLogger(const StdioNames& names, const StdioOwner& owner,
                          std::function<void(Status)> ready) {
  TARE_ASSIGN_OR_RETURN(const LoggerCommand command, ParseLoggerUri(names.out));
  TARE_ASSIGN_OR_RETURN(
      logger_, Logger::Start(loop_, command, {owner.containerd_namespace, owner.id}, std::move(ready)));
  ends_[STDOUT_FILENO] = logger_->TakeOut();
  Fd err = logger_->TakeErr();
  if (terminal_) return SetNonBlocking(ends_[STDOUT_FILENO].get());
  ends_[STDERR_FILENO] = std::move(err);
  return absl::OkStatus();
}

std::vector<int> Stdio::ends() const {
  std::vector<int> numbers;
  for (const Fd& end : ends_) {
    if (end && !terminal_) numbers.push_back(end.get());
  }
  return numbers;
}

Status Stdio::Enter() const {
  TARE_ASSIGN_OR_RETURN(const Fd none, kernel::Open("/dev/null", O_RDWR));
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    const Fd& end = ends_[static_cast<size_t>(number)];
    if (dup2(end && !terminal_ ? end.get() : none.get(), number) < 0) return ErrnoError(errno, "dup2");
  }
  return absl::OkStatus();
}

Status Stdio::Begin(Fd master) {
  if (master) return PumpTerminal(std::move(master));
  for (Fd& end : ends_) end.Close();
  return absl::OkStatus();
}

Status Stdio::PumpTerminal(Fd master) {
  TARE_RETURN_IF_ERROR(SetNonBlocking(master.get()));
  if (ends_[STDIN_FILENO]) {
    TARE_ASSIGN_OR_RETURN(Fd keyboard, kernel::Duplicate(master.get()));
    TARE_ASSIGN_OR_RETURN(input_,
                          Pump::Start(loop_, std::move(ends_[STDIN_FILENO]), std::move(keyboard), [] {}));
  }
  Fd screen = std::move(ends_[STDOUT_FILENO]);
  if (!screen) {
    TARE_ASSIGN_OR_RETURN(screen, kernel::Open("/dev/null", O_WRONLY));
  }
  TARE_ASSIGN_OR_RETURN(Fd output, kernel::Duplicate(master.get()));
  master_ = std::move(master);
  TARE_ASSIGN_OR_RETURN(output_,
                        Pump::Start(loop_, std::move(output), std::move(screen), [this] { TellDrained(); }));
  return absl::OkStatus();
}

Status Stdio::Resize(uint16_t columns, uint16_t rows) {
  if (!master_) return absl::FailedPreconditionError("the process has no terminal");
  return terminal::SetSize(master_.get(), {.height = rows, .width = columns});
}

bool Stdio::drained() const {
  const bool passed_on = (!output_ || output_->ended()) && (!logger_ || logger_->ended());
  return passed_on && (nobody_reads_ || std::ranges::all_of(reads_, IsEmpty));
}

void Stdio::WhenDrained(absl::Duration at_most, std::function<void()> then) {
  if (drained()) return then();
  given_up_ = loop_.After(kReadAtMost, [this] { nobody_reads_ = true; });
  when_drained_ = std::move(then);
  deadline_ = loop_.After(at_most, [this] { Finish(); });
  if (logger_) logger_->WhenEnded([this] { TellDrained(); });
  LookAgain();
}

void Stdio::LookAgain() {
  TellDrained();
  if (when_drained_) again_ = loop_.After(kLookAgain, [this] { LookAgain(); });
}

void Stdio::TellDrained() {
  if (drained()) Finish();
}

// Whoever is told may drop this object, which may be in the midst of a pump's call: from the Loop, then.
void Stdio::Finish() {
  deadline_.End();
  again_.End();
  if (auto then = std::exchange(when_drained_, nullptr)) loop_.Soon(std::move(then));
}

}  // namespace tare::shim
