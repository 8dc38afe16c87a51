#include "dbus/connection.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "base/step.h"
#include "kernel/socket.h"
#include "kernel/wait.h"

namespace tare::dbus {
namespace {

constexpr size_t kMaxAuthenticationLine = 1024;
constexpr size_t kMaxKeptSignals = 4096;  // more than that while waiting for an answer is a flood

// Waits until the socket is ready for `events`.
Status Await(int socket, short events, kernel::Deadline deadline) {
  // This is checked even if data keeps arriving: such a peer must not make us wait for longer.
  if (!deadline.passed()) {
    TARE_ASSIGN_OR_RETURN(const bool ready, kernel::WaitFor(socket, events, deadline), "D-Bus socket");
    if (ready) return absl::OkStatus();
  }
  return absl::DeadlineExceededError("systemd did not answer in time");
}

}  // namespace

StatusOr<Connection> Connection::Connect(const std::string& socket, kernel::Deadline deadline) {
  TARE_STEP("D-Bus: connect to ", socket);
  TARE_ASSIGN_OR_RETURN(kernel::Fd connected, kernel::ConnectUnix(socket, SOCK_STREAM | SOCK_NONBLOCK));
  Connection bus(std::move(connected));
  TARE_RETURN_IF_ERROR(bus.Authenticate(deadline), socket);
  return bus;
}

// "Authentication Protocol" of the specification: EXTERNAL without a name, which lets the peer find out who
// we are. BEGIN is sent at the same time: systemd's own socket may read it together with a first message, and
// would then wait for more before it looks at that message.
Status Connection::Authenticate(kernel::Deadline deadline) {
  constexpr char kWords[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
  TARE_RETURN_IF_ERROR(Write(absl::string_view(kWords, sizeof kWords - 1), deadline));
  for (;;) {
    TARE_ASSIGN_OR_RETURN(const std::string line, Line(deadline));
    if (absl::StartsWith(line, "OK ")) return absl::OkStatus();
    if (line != "DATA" && !absl::StartsWith(line, "DATA "))
      return absl::PermissionDeniedError(absl::StrCat("D-Bus authentication: ", line));
  }
}

StatusOr<std::string> Connection::Line(kernel::Deadline deadline) {
  size_t end = received_.find("\r\n");
  while (end == std::string::npos) {
    if (received_.size() > kMaxAuthenticationLine) return absl::DataLossError("not a D-Bus server");
    TARE_RETURN_IF_ERROR(Fill(received_.size() + 1, deadline));
    end = received_.find("\r\n");
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

Status Connection::Write(absl::string_view bytes, kernel::Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      TARE_RETURN_IF_ERROR(Await(socket_.get(), POLLOUT, deadline));
    } else if (errno != EINTR) {
      return ErrnoError(errno, "send(D-Bus socket)");
    }
  }
  return absl::OkStatus();
}

// Reads until at least `size` bytes have been received.
Status Connection::Fill(size_t size, kernel::Deadline deadline) {
  while (received_.size() < size) {
    char buffer[4096];
    const ssize_t got = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got > 0) {
      received_.append(buffer, static_cast<size_t>(got));
    } else if (got == 0) {
      return absl::UnavailableError("the D-Bus connection was closed by the other side");
    } else if (errno == EAGAIN) {
      TARE_RETURN_IF_ERROR(Await(socket_.get(), POLLIN, deadline));
    } else if (errno != EINTR) {
      return ErrnoError(errno, "recv(D-Bus socket)");
    }
  }
  return absl::OkStatus();
}

StatusOr<Message> Connection::Next(kernel::Deadline deadline) {
  TARE_RETURN_IF_ERROR(Fill(kFixedHeader, deadline));
  TARE_ASSIGN_OR_RETURN(const size_t size, SizeOf(absl::string_view(received_).substr(0, kFixedHeader)));
  TARE_RETURN_IF_ERROR(Fill(size, deadline));
  StatusOr<Message> message = Decode(absl::string_view(received_).substr(0, size));
  received_.erase(0, size);
  return message;
}

StatusOr<uint32_t> Connection::Send(Message call) {
  call.serial = ++last_serial_;
  // A peer that does not read is treated like one that has gone.
  TARE_RETURN_IF_ERROR(Write(Encode(call), kernel::Deadline::After(absl::Seconds(10))));
  return call.serial;
}

StatusOr<Message> Connection::Answer(uint32_t serial, kernel::Deadline deadline) {
  for (;;) {
    TARE_ASSIGN_OR_RETURN(Message message, Next(deadline));
    if (message.type == MessageType::kSignal) {
      if (kept_.size() == kMaxKeptSignals) kept_.pop_front();
      kept_.push_back(std::move(message));
    } else if (message.reply_serial == serial) {
      return message;
    }
  }
}

StatusOr<Message> Connection::TakeSignal(const std::function<bool(const Message&)>& matches,
                                         kernel::Deadline deadline) {
  const auto kept = std::ranges::find_if(kept_, matches);
  if (kept != kept_.end()) {
    Message message = std::move(*kept);
    kept_.erase(kept);
    return message;
  }
  for (;;) {
    TARE_ASSIGN_OR_RETURN(Message message, Next(deadline));
    if (message.type == MessageType::kSignal && matches(message)) return message;
  }
}

}  // namespace tare::dbus
