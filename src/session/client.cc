#include "session/client.h"

#include <signal.h>

#include <array>
#include <cerrno>

#include "base/step.h"
#include "kernel/process.h"
#include "kernel/wait.h"

namespace tare::session {
namespace {

using kernel::Deadline;
using kernel::Fd;

// A supervisor closes a connection without requests after a while. That also happens to us if we are stopped
// (SIGSTOP) before we send the request.
constexpr int kTries = 3;

Status SendOnce(const Session& session, const Fd& supervisor, Request request) {
  TARE_STEP("ask the supervisor");
  TARE_ASSIGN_OR_RETURN(const Fd connection, session.Connect());
  // If this fails, the connection has ended, which ReceiveReply() reports.
  (void)kernel::Send(connection.get(), Packet(request));
  TARE_ASSIGN_OR_RETURN(const kernel::Message answer, ReceiveReply(connection.get(), supervisor, kPromptly));
  if (answer.bytes[0] == static_cast<char>(Reply::kDone)) return absl::OkStatus();
  return absl::InternalError("malformed answer from the supervisor");
}

// Sends the request and waits for kDone. Errors are those of ReceiveReply().
Status SendRequest(const Session& session, Request request) {
  Status sent;
  for (int i = 0; i < kTries; ++i) {
    TARE_ASSIGN_OR_RETURN(const Fd supervisor, SupervisorOf(session));
    sent = SendOnce(session, supervisor, request);
    if (!absl::IsUnavailable(sent)) return sent;
    // A supervisor that is about to exit no longer answers.
    if (!supervisor || Readable(supervisor.get(), absl::Seconds(1))) return sent;
  }
  return absl::DeadlineExceededError("the supervisor does not answer");
}

}  // namespace

bool Readable(int fd, absl::Duration timeout) {
  return kernel::WaitReadable(fd, Deadline::After(timeout)).value_or(false);
}

std::string Packet(Request request, absl::string_view payload) {
  std::string packet(1, static_cast<char>(request));
  packet.append(payload.data(), payload.size());
  return packet;
}

StatusOr<Fd> SupervisorOf(const Session& session) {
  const StatusOr<SupervisorRecord> record = session.Load();
  if (record.ok()) return SupervisorOf(*record);
  const int error = ErrnoOf(record.status());
  const bool damaged = error == 0 && !absl::IsUnimplemented(record.status());
  if (damaged || error == ENOENT) return Fd();  // ENOENT: not written yet
  return record.status();
}

StatusOr<kernel::Message> ReceiveReply(int connection, const Fd& supervisor, absl::Duration timeout) {
  std::array<pollfd, 2> waiting = {pollfd{.fd = connection, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = supervisor.get(), .events = POLLIN, .revents = 0}};
  TARE_ASSIGN_OR_RETURN(const bool ready, kernel::WaitForAny(waiting, Deadline::After(timeout)));
  if (!ready)
    return absl::DeadlineExceededError("the supervisor does not answer: it may be stopped (SIGSTOP)");
  // It may have answered just before it exited.
  if (!Readable(connection, absl::ZeroDuration()))
    return absl::UnavailableError("the supervisor exited without an answer");
  StatusOr<kernel::Message> message = kernel::Receive(connection);
  if (message.ok() && message->bytes.empty())
    return absl::UnavailableError("the supervisor closed the connection");
  return message;
}

StatusOr<spec::Exit> AwaitExit(const Session& session) {
  TARE_STEP("wait until the container has exited");
  TARE_ASSIGN_OR_RETURN(const Fd supervisor, SupervisorOf(session));
  if (const StatusOr<Fd> connection = session.Connect(); connection.ok()) {
    (void)kernel::Send(connection->get(), Packet(Request::kWait));
    const StatusOr<kernel::Message> reply =
        ReceiveReply(connection->get(), supervisor, absl::InfiniteDuration());
    if (reply.ok() && reply->bytes.size() > 1 && reply->bytes[0] == static_cast<char>(Reply::kExit))
      return spec::ParseExit(reply->bytes.substr(1), "the supervisor's answer");
  }
  // The supervisor has too many clients, or the connection was lost. The exit will be on disk.
  if (supervisor) (void)Readable(supervisor.get(), absl::InfiniteDuration());
  return session.LoadExit();
}

StatusOr<SupervisorClient> SupervisorClient::Find(const std::string& root, const std::string& id) {
  StatusOr<Session> session = Session::Open(root, id);
  // EACCES: the sessions belong to another user, and so does the container.
  if (absl::IsNotFound(session.status()) || ErrnoOf(session.status()) == EACCES) return SupervisorClient();
  TARE_RETURN_IF_ERROR(session.status());
  TARE_ASSIGN_OR_RETURN(Fd supervisor, SupervisorOf(*session));
  return SupervisorClient(*std::move(session), std::move(supervisor));
}

StatusOr<bool> SupervisorClient::StopRestarting() {
  if (!session_) return false;
  const Status sent = SendRequest(*session_, Request::kStopRestarting);
  if (absl::IsUnavailable(sent)) return false;
  answers_ = sent.ok();
  TARE_RETURN_IF_ERROR(sent);
  return static_cast<bool>(supervisor_);
}

Status SupervisorClient::NoteDumpBegins() {
  if (!session_) return absl::OkStatus();
  const Status sent = SendRequest(*session_, Request::kDumpBegins);
  return absl::IsUnavailable(sent) ? absl::OkStatus() : sent;
}

void SupervisorClient::NoteDumpFailed() const {
  if (session_) (void)SendRequest(*session_, Request::kDumpFailed);
}

bool SupervisorClient::AwaitContainer() const {
  return session_ && SendRequest(*session_, Request::kAwaitContainer).ok();
}

void SupervisorClient::NoteProgramStarts() const {
  if (session_) (void)SendRequest(*session_, Request::kProgramStarts);
}

void SupervisorClient::AwaitSupervisorExit() const {
  if (supervisor_) (void)Readable(supervisor_.get(), kPromptly);
}

Status SupervisorClient::Remove() {
  if (!session_) return absl::OkStatus();
  if (supervisor_ && !Readable(supervisor_.get(), answers_ ? kPromptly : absl::ZeroDuration())) {
    (void)kernel::PidfdSendSignal(supervisor_.get(), SIGKILL);
    (void)Readable(supervisor_.get(), kPromptly);
  }
  return session_->Remove();
}

}  // namespace tare::session
