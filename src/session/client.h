// How a command talks to the supervisor of a container.
//
// The supervisor may exit, be killed, be stopped or have too many clients at any moment. No command
// waits for it forever: its pidfd shows that it has exited, even if another process still holds its end
// of a connection.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/socket.h"
#include "session/protocol.h"
#include "session/session.h"

namespace tare::session {

// A supervisor answers within this time, and a process that was killed is gone.
inline constexpr absl::Duration kPromptly = absl::Seconds(10);

// False: the descriptor was not readable in time.
bool Readable(int fd, absl::Duration timeout);

// The pidfd of the supervisor. No descriptor: it has exited, or the record is damaged or not written yet.
StatusOr<kernel::Fd> SupervisorOf(const Session& session);

// A request as a packet for the control socket.
std::string Packet(Request request, absl::string_view payload = "");

// The next packet from the supervisor. Unavailable: it has exited or closed the connection instead.
// DeadlineExceeded: it does not answer.
StatusOr<kernel::Message> ReceiveReply(int connection, const kernel::Fd& supervisor, absl::Duration timeout);

// Waits until the supervisor exits, which it does when the container has ended for good, and returns how the
// container ended. NotFound: that is not known.
StatusOr<spec::Exit> AwaitExit(const Session& session);

// The supervisor of a container as a command sees it. For a container that was not created with --supervise,
// all methods do nothing and succeed.
class SupervisorClient {
 public:
  SupervisorClient() = default;
  // An error: it is not known whether the container has a supervisor. A command must not go on then, because
  // a supervisor would start again what the command has ended.
  static StatusOr<SupervisorClient> Find(const std::string& root, const std::string& id);

  // True if the container was created with --supervise, even if its supervisor has exited.
  explicit operator bool() const { return session_.has_value(); }

  // Asks the supervisor not to start the container again, and waits while it is being created. False: there
  // is no supervisor, or it has exited.
  StatusOr<bool> StopRestarting();

  // Asks the supervisor not to start the container again if it ends during a checkpoint, which will end it.
  // After NoteDumpFailed() it does again, if no StopRestarting() came from another command.
  Status NoteDumpBegins();
  void NoteDumpFailed() const;

  // Waits while the container is being created, also after a restart. False: no supervisor has answered.
  bool AwaitContainer() const;

  // Tells the supervisor that `start` is about to start the program. Sent before that, because afterwards the
  // program may have ended and the supervisor may have exited.
  void NoteProgramStarts() const;

  // After StopRestarting() or NoteDumpBegins(): waits until the supervisor has exited. Then the exit status
  // is on disk, and the output is in the log.
  void AwaitSupervisorExit() const;

  // After the container was deleted: waits until the supervisor has exited, and removes the session. A
  // supervisor that did not answer, or does not exit, is killed.
  Status Remove();

 private:
  SupervisorClient(Session session, kernel::Fd supervisor)
      : session_(std::move(session)), supervisor_(std::move(supervisor)) {}

  std::optional<Session> session_;
  kernel::Fd supervisor_;  // pidfd; none: it has exited
  bool answers_ = true;
};

}  // namespace tare::session
