#include "criu/service.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "base/step.h"
#include "kernel/arguments.h"
#include "kernel/file.h"
#include "kernel/signals.h"
#include "kernel/wait.h"

namespace tare::criu {
namespace {

using messages::CriuRequest;
using messages::CriuResponse;
using messages::CriuType;

constexpr size_t kErrorsShown = 6;
constexpr absl::Duration kPatience = absl::Seconds(10);

absl::string_view NameOf(CriuType type) {
  switch (type) {
    case CriuType::kDump:
      return "DUMP";
    case CriuType::kRestore:
      return "RESTORE";
    case CriuType::kPreDump:
      return "PRE_DUMP";
    case CriuType::kNotify:
      return "NOTIFY";
    case CriuType::kFeatureCheck:
      return "FEATURE_CHECK";
    case CriuType::kVersion:
      return "VERSION";
    default:
      return "EMPTY";
  }
}

Status Execute(int socket, const Placement& placement) {
  TARE_RETURN_IF_ERROR(placement.prepare());
  kernel::ResetSignals();
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(3));
  std::vector<int> inherited = placement.fds;
  inherited.push_back(socket);
  for (int fd : inherited)
    if (fcntl(fd, F_SETFD, 0) != 0) return ErrnoError(errno, absl::StrCat("fcntl(", fd, ", F_SETFD)"));
  const std::vector<std::string> words = {"criu", "swrk", absl::StrCat(socket)};
  execvp("criu", kernel::Pointers(words).data());
  if (errno != ENOENT) return ErrnoError(errno, "exec: \"criu\"");
  return absl::NotFoundError(
      "exec: \"criu\": executable file not found in $PATH (checkpoint and restore need the package criu, "
      "version 4 for a current kernel)");
}

// The child's error, or OK if the connection has ended because CRIU was executed.
Status ReceiveReport(int report) {
  TARE_ASSIGN_OR_RETURN(const kernel::Message message, kernel::Receive(report));
  return message.bytes.empty() ? absl::OkStatus() : ParseStatus(message.bytes);
}

}  // namespace

StatusOr<Service> Service::Start(const Placement& placement) {
  TARE_STEP("start CRIU");
  TARE_ASSIGN_OR_RETURN(auto socket, kernel::SeqpacketPair());
  TARE_ASSIGN_OR_RETURN(auto report, kernel::SeqpacketPair());
  TARE_ASSIGN_OR_RETURN(kernel::Child child,
                        kernel::Spawn({.flags = placement.clone_flags, .cgroup = placement.cgroup}, [&] {
                          socket.first.Close();
                          report.first.Close();
                          const Status failed = Execute(socket.second.get(), placement);
                          (void)kernel::Send(report.second.get(), SerializeStatus(failed));
                          return 127;
                        }));
  Service service(std::move(child), std::move(socket.first));
  report.second.Close();
  TARE_RETURN_IF_ERROR(placement.spawned(service.pid()));
  TARE_RETURN_IF_ERROR(ReceiveReport(report.first.get()));
  return service;
}

// If it is killed in the middle, the processes that it was saving stay stopped.
Service::~Service() {
  if (!child_.get().pidfd) return;
  socket_.Close();
  (void)kernel::WaitReadable(child_.get().pidfd.get(), kernel::Deadline::After(kPatience));
}

StatusOr<CriuResponse> Service::Receive(kernel::Fd& descriptor) {
  StatusOr<kernel::Message> message = kernel::Receive(socket_.get());
  if (ErrnoOf(message.status()) == ECONNRESET || (message.ok() && message->bytes.empty()))
    return WhyItEnded();
  TARE_RETURN_IF_ERROR(message.status(), "receiving CRIU's answer");
  if (!message->fds.empty()) descriptor = std::move(message->fds.front());
  return messages::Decode<CriuResponse>(message->bytes);
}

Status Service::WhyItEnded() {
  TARE_ASSIGN_OR_RETURN(const int status, kernel::Wait(child_.get()));
  (void)child_.Disarm();
  const int code = kernel::ExitCode(status);
  return absl::AbortedError(
      absl::StrCat("criu failed: it exited without an answer, with exit status ", code));
}

// Lets CRIU go on after a notification.
Status Service::Answer(const Status& handled) {
  const CriuRequest answer = {.type = CriuType::kNotify, .notify_success = handled.ok()};
  return kernel::Send(socket_.get(), messages::Encode(answer));
}

StatusOr<CriuResponse> Service::Ask(CriuRequest request, Handler handler) {
  TARE_STEP("CRIU: ", NameOf(request.type));
  TARE_RETURN_IF_ERROR(kernel::Send(socket_.get(), messages::Encode(request)), "sending a request to CRIU");
  Status refused;
  for (;;) {
    kernel::Fd descriptor;
    TARE_ASSIGN_OR_RETURN(CriuResponse response, Receive(descriptor));
    if (!response.success && !refused.ok()) return refused;
    if (!response.success)
      return absl::AbortedError(
          absl::StrCat("criu failed: type ", NameOf(response.type), " errno ", response.error));
    if (response.type != CriuType::kNotify) return response;
    log::Debug("notification of CRIU: ", response.notification.script);
    const Status handled = handler({.moment = response.notification.script,
                                    .pid = response.notification.pid,
                                    .terminal = std::move(descriptor)});
    refused.Update(handled);
    TARE_RETURN_IF_ERROR(Answer(handled), "answering CRIU");
  }
}

StatusOr<messages::CriuVersion> Service::Version() {
  TARE_ASSIGN_OR_RETURN(CriuResponse response, Ask({.type = CriuType::kVersion, .keep_open = true},
                                                   [](const Notification&) { return absl::OkStatus(); }));
  return response.version;
}

StatusOr<messages::CriuFeatures> Service::Features(const messages::CriuFeatures& asked) {
  TARE_ASSIGN_OR_RETURN(CriuResponse response,
                        Ask({.type = CriuType::kFeatureCheck, .keep_open = true, .features = asked},
                            [](const Notification&) { return absl::OkStatus(); }));
  return response.features;
}

void Service::Finish() {
  socket_.Close();
  (void)kernel::Wait(child_.get());
  (void)child_.Disarm();
}

std::string LastErrors(int directory, const std::string& name) {
  const StatusOr<std::string> log = kernel::ReadFileAt(directory, name, 256 << 20);
  if (!log.ok()) return "";
  std::vector<absl::string_view> errors;
  for (absl::string_view line : absl::StrSplit(*log, '\n')) {
    const size_t begin = line.find("Error (");
    if (begin != absl::string_view::npos) errors.push_back(line.substr(begin));
  }
  if (errors.size() > kErrorsShown) errors.erase(errors.begin(), errors.end() - kErrorsShown);
  return absl::StrJoin(errors, "; ");
}

}  // namespace tare::criu
