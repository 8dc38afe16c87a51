// The stories of `create` and `run`.
#include "lifecycle/create/create.h"

#include <unistd.h>

#include <optional>

#include "base/log.h"
#include "lifecycle/create/creation.h"
#include "lifecycle/destroy.h"
#include "lifecycle/foreground.h"
#include "lifecycle/notify_relay.h"

namespace tare::lifecycle {
namespace {

Starter StarterOf(const RunOptions& options) {
  return options.detach ? Starter::kDetachedRun : Starter::kForegroundRun;
}

// The main process of a service is the one that stays: we, or init if we detach. As with runc, `run` does not
// fail if the caller's socket does not exist.
StatusOr<std::optional<NotifyRelay>> RelayFor(Creation& creation, const RunOptions& options) {
  kernel::Fd socket = creation.TakeNotifySocket();
  if (!socket) return std::nullopt;
  const pid_t main_pid = options.detach ? creation.init().pid : getpid();
  TARE_ASSIGN_OR_RETURN(NotifyRelay relay, NotifyRelay::Make(std::move(socket), main_pid));
  if (Status status = relay.Connect(creation.blueprint().notify_socket); !status.ok())
    log::Warning(status.message());
  return relay;
}

}  // namespace

Status Create(const Runtime& runtime, const CreateOptions& options) {
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Creation> creation,
                        Creation::Create(runtime, options, Starter::kStartCommand));
  creation->Keep();
  return absl::OkStatus();
}

StatusOr<ChildProcess> CreateInWorker(const Runtime& runtime, const CreateOptions& options) {
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Creation> creation,
                        Creation::Create(runtime, options, Starter::kWorkersParent));
  creation->Keep();
  return ChildProcess{.process = creation->Release(),
                      .master = creation->TakeMaster(),
                      .notify = creation->TakeNotifySocket()};
}

StatusOr<int> Run(const Runtime& runtime, const RunOptions& options) {
  std::optional<Foreground> foreground;
  if (!options.detach)
    TARE_RETURN_IF_ERROR(foreground.emplace().Begin(options.no_subreaper ? Subreaper::kNo : Subreaper::kYes));
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Creation> creation,
                        Creation::Create(runtime, options.create, StarterOf(options)));
  TARE_RETURN_IF_ERROR(creation->Start());
  creation->Keep();
  if (options.started) options.started();
  TARE_ASSIGN_OR_RETURN(std::optional<NotifyRelay> relay, RelayFor(*creation, options));
  if (!foreground) {
    if (relay) TARE_RETURN_IF_ERROR(AwaitReady(*relay, creation->init().pidfd.get()));
    return 0;
  }
  StatusOr<int> status =
      foreground->Wait(creation->init(), creation->TakeMaster(), relay ? &*relay : nullptr);
  if (options.keep) return status;
  // If another command has deleted it meanwhile, its ID may already be that of a new container.
  if (container::Container ended = creation->TakeEnded(); !ended.directory.is_removed())
    TARE_RETURN_IF_ERROR(Destroy(ended));
  return status;
}

}  // namespace tare::lifecycle
