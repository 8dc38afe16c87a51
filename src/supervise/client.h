// How a command talks to a supervisor. The supervisor may end, be killed, be stopped or have no place at any
// moment, and no command waits for it in vain: its pidfd tells that it is gone, also where somebody else
// holds its end of a connection.
#pragma once

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/socket.h"
#include "supervise/protocol.h"
#include "supervise/session.h"

namespace tare::supervise {

// In which a supervisor answers, and a process that was killed is gone.
inline constexpr absl::Duration kPromptly = absl::Seconds(10);

// False: nothing happened in time.
bool Readable(int fd, absl::Duration timeout);

// The pidfd of the supervisor; nothing if there is none any more, or if its record tells of none.
StatusOr<kernel::Fd> SupervisorOf(const Session& session);

// The next packet. Unavailable: the supervisor is gone, or has ended the connection, without another one;
// DeadlineExceeded: it does not answer.
StatusOr<kernel::Message> Hear(int connection, const kernel::Fd& supervisor, absl::Duration timeout);

// Asks, and hears "Done". Errors are those of Hear().
Status AskFor(const Session& session, Ask ask);

// Until the supervisor has left, which it does when its container has ended for good: the exit that it told
// us. NotFound: it told none, see Session::LoadExit().
StatusOr<spec::Exit> HearExit(const Session& session);

}  // namespace tare::supervise
