#include "messages/events.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_replace.h"
#include "client.h"
#include "kernel/loop.h"
#include "text.h"
#include "ttrpc/server.h"

namespace shim_client {
namespace {

using namespace tare::messages;

template <class... Events>
std::string ShowEvent(const Any& any) {
  std::string shown;
  const auto show_as = [&]<class Event>(Event) {
    if (const auto event = Unpack<Event>(any); event.ok()) shown = Shower::Show(*event, "");
  };
  (show_as(Events{}), ...);
  return shown.empty() ? "type_url=" + any.type_url + "\n" : shown;
}

// In one line: TOPIC namespace=NAMESPACE FIELD=VALUE...
std::string Line(const Envelope& envelope) {
  const std::string event =
      ShowEvent<TaskCreate, TaskStart, TaskExit, TaskDelete, TaskExecAdded, TaskExecStarted, TaskPaused,
                TaskResumed, TaskOom, TaskCheckpointed>(envelope.event);
  return absl::StrCat(envelope.topic, " namespace=", envelope.containerd_namespace, " ",
                      absl::StrReplaceAll(absl::StripSuffix(event, "\n"), {{"\n", " "}}));
}

tare::Status StatusNamed(absl::string_view name) {
  for (int code = 1; code <= 16; ++code)
    if (absl::StatusCodeToString(static_cast<absl::StatusCode>(code)) == name)
      return tare::Status(static_cast<absl::StatusCode>(code), "as the test wants it");
  return absl::UnknownError(name);
}

tare::StatusOr<std::string> Take(const tare::ttrpc::Call& call, const std::string& refusal) {
  if (call.service != "containerd.services.events.ttrpc.v1.Events" || call.method != "Forward")
    return absl::UnimplementedError(absl::StrCat(call.service, "/", call.method));
  if (const auto code = ReadAll(refusal); code.ok()) return StatusNamed(absl::StripAsciiWhitespace(*code));
  TARE_ASSIGN_OR_RETURN(const ForwardRequest request, Decode<ForwardRequest>(call.payload));
  std::printf("%s\n", Line(request.envelope).c_str());
  std::fflush(stdout);
  return "";
}

tare::StatusOr<tare::kernel::Fd> Listen(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  unlink(path.c_str());
  tare::kernel::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.get(), 16) != 0)
    return tare::ErrnoError(errno, path);
  return socket;
}

}  // namespace

tare::Status ServeEvents(const Arguments& arguments) {
  const std::string refusal = arguments.size() > 1 ? arguments[1] : "";
  TARE_ASSIGN_OR_RETURN(const auto loop, tare::kernel::Loop::Make());
  TARE_ASSIGN_OR_RETURN(tare::kernel::Fd socket, Listen(arguments[0]));
  const auto handler = [&](const tare::ttrpc::Call& call, const tare::ttrpc::Respond& respond) {
    respond(Take(call, refusal));
  };
  TARE_ASSIGN_OR_RETURN(const auto server, tare::ttrpc::Server::Make(*loop, std::move(socket), handler));
  return loop->Run();
}

}  // namespace shim_client
