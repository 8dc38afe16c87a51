#include "container/gate.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/file.h"
#include "kernel/socket.h"

namespace tare::container {
namespace {

constexpr char kGate[] = "start.sock";
constexpr char kGo[] = "go";
constexpr char kHooksBegin[] = "hooks";
constexpr char kHooksRan[] = "hooks ran";

// Until the program runs.
Status HearFromInit(int init) {
  bool in_hooks = false;
  for (;;) {
    TARE_ASSIGN_OR_RETURN(const kernel::Message answer, kernel::Receive(init));
    if (answer.bytes.empty())
      return in_hooks ? absl::AbortedError("init was killed while its startContainer hooks ran")
                      : absl::OkStatus();
    if (answer.bytes != kHooksBegin && answer.bytes != kHooksRan) return ParseStatus(answer.bytes);
    in_hooks = answer.bytes == kHooksBegin;
  }
}

}  // namespace

StatusOr<kernel::Fd> BuildGate(const Folder& folder) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd gate, kernel::ListenUnix(folder.fd(), kGate, SOCK_SEQPACKET),
                        folder.path());
  return gate;
}

StatusOr<kernel::Fd> WaitAtGate(kernel::Fd listener) {
  for (;;) {
    TARE_ASSIGN_OR_RETURN(kernel::Fd caller, kernel::Accept(listener.get()));
    StatusOr<kernel::Message> message = kernel::Receive(caller.get());
    if (message.ok() && message->bytes == kGo) return caller;
  }
}

Status TellHooks(int starter, HooksPhase phase) {
  Status told = kernel::Send(starter, phase == HooksPhase::kBegin ? kHooksBegin : kHooksRan);
  // A `start` that was killed does not keep the container from being started.
  return ErrnoOf(told) == EPIPE ? absl::OkStatus() : told;
}

void TellStarter(int starter, const Status& why) {
  std::string text = SerializeStatus(why);
  if (text.size() > kernel::kMaxMessage) text.resize(kernel::kMaxMessage);
  (void)kernel::Send(starter, text);
}

Status OpenGate(const Folder& folder) {
  StatusOr<kernel::Fd> init = kernel::ConnectUnixAt(folder.fd(), kGate, SOCK_SEQPACKET);
  const int error = ErrnoOf(init.status());
  if (error == ENOENT || error == ECONNREFUSED)
    return absl::FailedPreconditionError("the container's init process is not waiting to be started");
  TARE_RETURN_IF_ERROR(init.status());
  TARE_RETURN_IF_ERROR(kernel::Send(init->get(), kGo));
  unlinkat(folder.fd(), kGate, 0);
  return HearFromInit(init->get());
}

bool GateStands(const Folder& folder) {
  struct stat st {};
  return fstatat(folder.fd(), kGate, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace tare::container
