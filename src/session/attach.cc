#include "session/attach.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "absl/time/time.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "kernel/socket.h"
#include "kernel/wait.h"
#include "session/client.h"
#include "session/protocol.h"
#include "session/session.h"
#include "terminal/raw_mode.h"

namespace tare::session {
namespace {

using kernel::Fd;

// A signal that ends us must not leave the terminal in raw mode.
StatusOr<Fd> WatchSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  Fd signals(signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals) return ErrnoError(errno, "signalfd");
  return signals;
}

Status EndedError() {
  return absl::FailedPreconditionError("cannot attach to a stopped container (see `tare logs`)");
}

Status KilledError(const std::string& id) {
  return absl::UnavailableError(absl::StrCat(SupervisorKilled(id), "; the container may still be running"));
}

// The supervisor has exited. This is how.
bool WasKilled(const Session& session) {
  const StatusOr<SupervisorRecord> record = session.Load();
  return record.ok() && !record->ended;
}

// Not with a kernel::Loop, which cannot wait for every kind of standard input (terminal/relay.h).
class Attachment {
 public:
  Attachment(const AttachOptions& options, const Session& session, Fd supervisor, Fd socket, Fd signals)
      : id_(options.id),
        session_(session),
        supervisor_(std::move(supervisor)),
        keys_(options.detach_keys),
        reads_input_(options.typing == Typing::kForwarded),
        socket_(std::move(socket)),
        signals_(std::move(signals)) {}

  StatusOr<int> Run() {
    TARE_RETURN_IF_ERROR(Begin());
    while (!code_) TARE_RETURN_IF_ERROR(Step());
    return *code_;
  }

 private:
  Status Begin() {
    (void)kernel::Send(socket_.get(), Packet(Request::kAttach));
    const StatusOr<kernel::Message> answer = ReceiveReply(socket_.get(), supervisor_, kPromptly);
    if (absl::IsUnavailable(answer.status()) && Readable(supervisor_.get(), absl::Seconds(1)))
      return WasKilled(session_) ? KilledError(id_) : EndedError();
    TARE_RETURN_IF_ERROR(answer.status());
    if (answer->bytes[0] == static_cast<char>(Reply::kFull))
      return absl::ResourceExhaustedError(
          "too many clients are attached to the container or wait for it (try `tare logs --follow`)");
    const bool terminal = absl::string_view(answer->bytes).substr(1) == kTerminal;
    if (reads_input_ && terminal) {
      TARE_ASSIGN_OR_RETURN(raw_, terminal::RawMode::Enter(STDIN_FILENO, terminal::Output::kRaw));
    }
    if (terminal) SendSize();
    // Output must be received even while the container does not read its input.
    return kernel::SetNonBlocking(socket_.get());
  }

  Status Step() {
    const bool wants_input = reads_input_ && waiting_.empty();
    const short socket_events = static_cast<short>(POLLIN | (waiting_.empty() ? 0 : POLLOUT));
    std::array<pollfd, 4> waiting = {
        pollfd{.fd = signals_.get(), .events = POLLIN, .revents = 0},
        pollfd{.fd = socket_.get(), .events = socket_events, .revents = 0},
        pollfd{.fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
        pollfd{.fd = supervisor_.get(), .events = POLLIN, .revents = 0}};
    TARE_RETURN_IF_ERROR(kernel::WaitForAny(waiting, kernel::Deadline::Never()).status());
    if (waiting[0].revents != 0) TARE_RETURN_IF_ERROR(OnSignal());
    if ((waiting[1].revents & POLLOUT) != 0) TARE_RETURN_IF_ERROR(Push());
    if ((waiting[1].revents & ~POLLOUT) != 0) {
      TARE_RETURN_IF_ERROR(OnPacket());
    } else if (waiting[3].revents != 0) {
      return OnEnd();
    }
    return waiting[2].revents != 0 && !code_ ? OnInput() : absl::OkStatus();
  }

  Status OnSignal() {
    signalfd_siginfo info;
    if (read(signals_.get(), &info, sizeof info) != sizeof info) return ErrnoError(errno, "read(signalfd)");
    if (info.ssi_signo == SIGWINCH) {
      SendSize();
    } else {
      code_ = 128 + static_cast<int>(info.ssi_signo);
    }
    return absl::OkStatus();
  }

  Status OnInput() {
    std::array<char, kMostBytes / 2> bytes;  // the keys that were held back are added to it
    const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return absl::OkStatus();
    if (got <= 0) {
      reads_input_ = false;
      waiting_ = Packet(Request::kEndInput);
      return Push();
    }
    const absl::string_view typed(bytes.data(), static_cast<size_t>(got));
    const std::string passed = raw_.active() ? keys_.Filter(typed) : std::string(typed);
    if (!passed.empty()) waiting_ = Packet(Request::kInput, passed);
    if (raw_.active() && keys_.found()) code_ = 0;
    return Push();
  }

  Status Push() {
    if (waiting_.empty()) return absl::OkStatus();
    const Status sent = kernel::Send(socket_.get(), waiting_);
    if (ErrnoOf(sent) == EAGAIN) return absl::OkStatus();
    waiting_.clear();
    return absl::OkStatus();  // if the supervisor has exited, its last packets are received next
  }

  Status OnPacket() {
    const StatusOr<kernel::Message> message = kernel::Receive(socket_.get());
    if (ErrnoOf(message.status()) == EAGAIN) return absl::OkStatus();
    if (!message.ok() || message->bytes.empty()) return OnEnd();
    const absl::string_view payload = absl::string_view(message->bytes).substr(1);
    switch (static_cast<Reply>(message->bytes[0])) {
      case Reply::kOutput:
        return kernel::WriteAll(STDOUT_FILENO, payload, "1");
      case Reply::kErrors:
        return kernel::WriteAll(STDERR_FILENO, payload, "2");
      case Reply::kExit: {
        if (payload.empty()) return absl::FailedPreconditionError("the container was not started");
        TARE_ASSIGN_OR_RETURN(const spec::Exit exit, spec::ParseExit(payload, "the supervisor's answer"));
        code_ = exit.status;
        return absl::OkStatus();
      }
      case Reply::kDone:
      case Reply::kFull:
        break;
    }
    return absl::OkStatus();
  }

  // The supervisor was killed, or has disconnected us. Otherwise it would have sent the exit.
  Status OnEnd() {
    if (Readable(supervisor_.get(), absl::Seconds(1)) && WasKilled(session_)) return KilledError(id_);
    return absl::UnavailableError(
        "detached: output was not read for too long (see `tare logs` for what is missing)");
  }

  void SendSize() {
    winsize size{};
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0) return;
    (void)kernel::Send(socket_.get(), Packet(Request::kSize, absl::StrCat(size.ws_row, " ", size.ws_col)));
  }

  const std::string& id_;
  const Session& session_;
  Fd supervisor_;
  DetachKeys keys_;
  bool reads_input_;
  Fd socket_;
  Fd signals_;
  terminal::RawMode raw_;
  std::string waiting_;  // a packet that the supervisor does not take yet
  std::optional<int> code_;
};

}  // namespace

StatusOr<int> Attach(const std::string& root, const AttachOptions& options) {
  TARE_ASSIGN_OR_RETURN(const Session session, OpenSession(root, options.id));
  TARE_ASSIGN_OR_RETURN(Fd supervisor, SupervisorOf(session));
  StatusOr<Fd> socket = session.Connect();
  if (absl::IsUnavailable(socket.status())) {
    if (session.LoadExit().ok()) return EndedError();
    return KilledError(options.id);
  }
  TARE_RETURN_IF_ERROR(socket.status());
  TARE_ASSIGN_OR_RETURN(Fd signals, WatchSignals());
  return Attachment(options, session, std::move(supervisor), *std::move(socket), std::move(signals)).Run();
}

}  // namespace tare::session
