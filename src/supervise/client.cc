#include "supervise/client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/time/clock.h"
#include "kernel/process.h"

namespace tare::supervise {
namespace {

using kernel::Fd;

// A supervisor ends a connection on which nothing is said for a while: ours, if we were stopped meanwhile.
constexpr int kTries = 3;

std::string Packet(Ask ask) {
  return std::string(1, static_cast<char>(ask));
}

// Until the first of the two is readable; -1 is never. False: neither was in time.
bool AwaitEither(int one, int other, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    std::array<pollfd, 2> waiting = {pollfd{.fd = one, .events = POLLIN, .revents = 0},
                                     pollfd{.fd = other, .events = POLLIN, .revents = 0}};
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    const int limit = timeout == absl::InfiniteDuration()
                          ? -1
                          : static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(left), 1 << 30));
    const int ready = poll(waiting.data(), waiting.size(), limit);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

Status AskOnce(const Session& session, const Fd& supervisor, Ask ask) {
  TARE_ASSIGN_OR_RETURN(const Fd connection, session.Connect());
  // That it could not be sent is told by what is heard.
  (void)kernel::Send(connection.get(), Packet(ask));
  TARE_ASSIGN_OR_RETURN(const kernel::Message answer, Hear(connection.get(), supervisor, kPromptly));
  if (answer.bytes[0] == static_cast<char>(Reply::kDone)) return absl::OkStatus();
  return absl::InternalError("malformed answer from the supervisor");
}

}  // namespace

bool Readable(int fd, absl::Duration timeout) {
  return AwaitEither(fd, -1, timeout);
}

StatusOr<Fd> SupervisorOf(const Session& session) {
  const StatusOr<spec::Supervision> record = session.Load();
  if (record.ok()) return SupervisorOf(*record);
  const int error = ErrnoOf(record.status());
  if (error == 0 || error == ENOENT) return Fd();  // damaged, or not written yet
  return record.status();
}

StatusOr<kernel::Message> Hear(int connection, const Fd& supervisor, absl::Duration timeout) {
  if (!AwaitEither(connection, supervisor.get(), timeout))
    return absl::DeadlineExceededError("the supervisor does not answer: it may be stopped (SIGSTOP)");
  if (!Readable(connection, absl::ZeroDuration()))
    return absl::UnavailableError("the supervisor exited without an answer");
  StatusOr<kernel::Message> message = kernel::Receive(connection);
  if (message.ok() && message->bytes.empty())
    return absl::UnavailableError("the supervisor closed the connection");
  return message;
}

Status AskFor(const Session& session, Ask ask) {
  Status asked;
  for (int i = 0; i < kTries; ++i) {
    TARE_ASSIGN_OR_RETURN(const Fd supervisor, SupervisorOf(session));
    asked = AskOnce(session, supervisor, ask);
    if (!absl::IsUnavailable(asked)) return asked;
    // One that is about to leave answers nobody.
    if (!supervisor || Readable(supervisor.get(), absl::Seconds(1))) return asked;
  }
  return absl::DeadlineExceededError("the supervisor does not answer");
}

StatusOr<spec::Exit> HearExit(const Session& session) {
  TARE_ASSIGN_OR_RETURN(const Fd supervisor, SupervisorOf(session));
  if (const StatusOr<Fd> connection = session.Connect(); connection.ok()) {
    (void)kernel::Send(connection->get(), Packet(Ask::kWait));
    const StatusOr<kernel::Message> told = Hear(connection->get(), supervisor, absl::InfiniteDuration());
    if (told.ok() && told->bytes.size() > 1 && told->bytes[0] == static_cast<char>(Reply::kExit))
      return spec::ParseExit(told->bytes.substr(1), "the supervisor's answer");
  }
  // There is no place for us, or the connection was lost; the exit will be on disk.
  if (supervisor) (void)Readable(supervisor.get(), absl::InfiniteDuration());
  return session.LoadExit();
}

}  // namespace tare::supervise
