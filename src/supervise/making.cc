#include "supervise/making.h"

#include <unistd.h>

#include <cerrno>

#include "container/store.h"
#include "lifecycle/control.h"
#include "lifecycle/create.h"
#include "lifecycle/start.h"

namespace tare::supervise {
namespace {

Status TakeStreams(const Stdio& stdio) {
  int number = STDIN_FILENO;
  for (const kernel::Fd& end : stdio.container_ends())
    if (dup2(end.get(), number++) < 0) return ErrnoError(errno, "dup2(standard stream)");
  return absl::OkStatus();
}

StatusOr<kernel::Message> Make(const lifecycle::Runtime& runtime, const lifecycle::CreateOptions& create,
                               Until until) {
  TARE_ASSIGN_OR_RETURN(lifecycle::Supervised made, lifecycle::CreateSupervised(runtime, create));
  if (until == Until::kRunning) {
    if (Status started = lifecycle::Start(runtime, create.id); !started.ok()) {
      (void)lifecycle::Delete(runtime, create.id, /*force=*/true);
      return started;
    }
  }
  kernel::Message message{.bytes = absl::StrCat(made.process.pid)};
  message.fds.push_back(std::move(made.process.pidfd));
  if (made.master) message.fds.push_back(std::move(made.master));
  return message;
}

}  // namespace

StatusOr<kernel::Message> MakeContainer(const lifecycle::Runtime& runtime, const Options& options,
                                        const Stdio& stdio) {
  TARE_RETURN_IF_ERROR(TakeStreams(stdio));
  return Make(runtime, options.create, options.until);
}

StatusOr<kernel::Message> MakeContainerAgain(const lifecycle::Runtime& runtime, const Options& options,
                                             const Stdio& stdio) {
  TARE_RETURN_IF_ERROR(TakeStreams(stdio));
  lifecycle::CreateOptions create = options.create;
  {
    TARE_ASSIGN_OR_RETURN(const container::Folder folder, container::Folder::Open(runtime.root, create.id));
    TARE_ASSIGN_OR_RETURN(create.config, folder.ReadConfig());
  }
  TARE_RETURN_IF_ERROR(lifecycle::Delete(runtime, create.id, /*force=*/true));
  return Make(runtime, create, Until::kRunning);
}

}  // namespace tare::supervise
