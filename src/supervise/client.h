// How a command talks to a supervisor. The supervisor may end, be killed, be stopped or be full at any
// moment, and no command waits for it in vain: its pidfd shows that it is gone, even if somebody else holds
// its end of a connection.
#pragma once

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/socket.h"
#include "supervise/protocol.h"
#include "supervise/session.h"

namespace tare::supervise {

// Within this time a supervisor answers, and a process that was killed is gone.
inline constexpr absl::Duration kPromptly = absl::Seconds(10);

// False: nothing happened in time.
bool Readable(int fd, absl::Duration timeout);

// The pidfd of the supervisor; nothing if it has ended, or if the record names none.
StatusOr<kernel::Fd> SupervisorOf(const Session& session);

// The next packet. Unavailable: the supervisor is gone, or has ended the connection, without another one;
// DeadlineExceeded: it does not answer.
StatusOr<kernel::Message> Hear(int connection, const kernel::Fd& supervisor, absl::Duration timeout);

// Asks, and hears "Done". Errors are those of Hear().
Status AskFor(const Session& session, Ask ask);

// Waits until the supervisor exits, which it does when its container has ended for good: the exit that it
// reported. NotFound: it reported none, see Session::LoadExit().
StatusOr<spec::Exit> HearExit(const Session& session);

}  // namespace tare::supervise
