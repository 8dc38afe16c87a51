// A connection to a message bus, or straight to systemd: messages there and back, never without a deadline.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "base/status.h"
#include "dbus/message.h"
#include "kernel/fd.h"
#include "kernel/wait.h"

namespace tare::dbus {

class Bus {
 public:
  // Connects to the socket and authenticates as who we are. The peer asks the kernel for that (SO_PEERCRED),
  // so that it is right also for uid 0 of a user namespace.
  static StatusOr<Bus> Connect(const std::string& socket, kernel::Deadline deadline);

  // Sends a call and does not wait: several on their way at once cost one round trip. Returns its serial.
  StatusOr<uint32_t> Send(Message call);

  // The answer to the call with `serial`, a return or an error. What arrives before it is kept for
  // TakeSignal().
  StatusOr<Message> Answer(uint32_t serial, kernel::Deadline deadline);

  // The first signal, of those kept and those to come, that `matches`.
  StatusOr<Message> TakeSignal(const std::function<bool(const Message&)>& matches, kernel::Deadline deadline);

 private:
  explicit Bus(kernel::Fd socket) : socket_(std::move(socket)) {}
  Status Authenticate(kernel::Deadline deadline);
  StatusOr<std::string> Line(kernel::Deadline deadline);
  Status Write(absl::string_view bytes, kernel::Deadline deadline);
  Status Fill(size_t size, kernel::Deadline deadline);
  StatusOr<Message> Next(kernel::Deadline deadline);

  kernel::Fd socket_;
  std::string received_;  // read, and not yet taken
  std::deque<Message> kept_;
  uint32_t last_serial_ = 0;
};

}  // namespace tare::dbus
