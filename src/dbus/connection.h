// A connection to a message bus, or directly to systemd. Every operation has a deadline.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "base/status.h"
#include "dbus/message.h"
#include "kernel/fd.h"
#include "kernel/wait.h"

namespace tare::dbus {

class Connection {
 public:
  // Connects to the socket and authenticates. The peer asks the kernel who we are (SO_PEERCRED), which is
  // also right for uid 0 of a user namespace.
  static StatusOr<Connection> Connect(const std::string& socket, kernel::Deadline deadline);

  // Sends a call without waiting for the answer, so that several calls sent at once cost one round trip.
  // Returns its serial.
  StatusOr<uint32_t> Send(Message call);

  // The answer to the call with `serial`: a return or an error. Signals that arrive before it are
  // kept for TakeSignal().
  StatusOr<Message> Answer(uint32_t serial, kernel::Deadline deadline);

  // The first signal that `matches`, among those that were kept and those that arrive.
  StatusOr<Message> TakeSignal(const std::function<bool(const Message&)>& matches, kernel::Deadline deadline);

 private:
  explicit Connection(kernel::Fd socket) : socket_(std::move(socket)) {}
  Status Authenticate(kernel::Deadline deadline);
  StatusOr<std::string> Line(kernel::Deadline deadline);
  Status Write(absl::string_view bytes, kernel::Deadline deadline);
  Status Fill(size_t size, kernel::Deadline deadline);
  StatusOr<Message> Next(kernel::Deadline deadline);

  kernel::Fd socket_;
  std::string received_;  // but not processed yet
  std::deque<Message> kept_;
  uint32_t last_serial_ = 0;
};

}  // namespace tare::dbus
