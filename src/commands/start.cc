#include "commands/start.h"

#include <signal.h>

#include <optional>

#include "base/log.h"
#include "commands/supervisor.h"
#include "container/container.h"
#include "container/gate.h"
#include "kernel/procfs.h"
#include "lifecycle/create/bundle.h"
#include "lifecycle/destroy.h"
#include "lifecycle/notify_relay.h"
#include "lifecycle/notify_socket.h"
#include "lifecycle/runtime_hooks.h"
#include "setup/process_setup.h"

namespace tare::commands {
namespace {

using spec::ContainerStatus;

Status CheckCreated(const container::Container& container) {
  switch (container.status) {
    case ContainerStatus::kCreated:
      return absl::OkStatus();
    case ContainerStatus::kStopped:
      return absl::FailedPreconditionError("cannot start a container that has stopped");
    case ContainerStatus::kRunning:
      return absl::FailedPreconditionError("cannot start an already running container");
    case ContainerStatus::kCreating:
    case ContainerStatus::kPaused:
      break;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("cannot start a container in the ", spec::StatusName(container.status), " state"));
}

// Whoever made init may have waited for it meanwhile: then its end is seen as that of the program.
Status CheckExecuted(const container::Record& record) {
  if (!record.has_seccomp || !kernel::EndedBeforeExec(record.init_pid)) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("unable to start container process: ", setup::kFilterForbids, ": init was killed"));
}

// A failed startContainer hook stops and destroys the container (runtime.md, lifecycle step 7).
Status PassGate(container::Container& container) {
  Status status = container::OpenGate(container.directory);
  if (status.ok()) return CheckExecuted(container.record);
  if (container::FailedInHooks(status)) {
    if (Status destroyed = lifecycle::Destroy(container); !destroyed.ok()) log::Warning(destroyed.message());
  }
  return status;
}

// A failed poststart hook stops and destroys the container (runtime.md, lifecycle step 9).
Status RunPoststart(container::Container& container) {
  if (!container.record.has_poststart_hooks) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(spec::Config config, container.directory.LoadConfig());
  container.status = ContainerStatus::kRunning;
  Status status =
      lifecycle::RunInBundle(config.hooks.poststart, "poststart", StateOf(container), config.hook_files);
  if (!status.ok()) (void)lifecycle::Destroy(container);
  return status;
}

// Before the program runs, so that no message of its is lost.
StatusOr<std::optional<lifecycle::NotifyRelay>> MakeRelay(const container::Container& container,
                                                          const std::string& callers) {
  if (callers.empty()) return std::nullopt;
  TARE_ASSIGN_OR_RETURN(kernel::Fd socket, lifecycle::BindNotifySocket(container.directory));
  TARE_ASSIGN_OR_RETURN(lifecycle::NotifyRelay relay,
                        lifecycle::NotifyRelay::Make(std::move(socket), container.record.init_pid));
  return relay;
}

// With a `callers` socket, waits until the container is ready and notifies that socket.
Status StartProgram(container::Container& container, const std::string& callers) {
  if (!container.record.has_process) return lifecycle::NoProcessError();
  TARE_ASSIGN_OR_RETURN(std::optional<lifecycle::NotifyRelay> relay, MakeRelay(container, callers));
  log::Debug("telling process ", container.record.init_pid, " to start");
  TARE_RETURN_IF_ERROR(PassGate(container));
  log::Debug("the program runs");
  TARE_RETURN_IF_ERROR(RunPoststart(container));
  if (!relay) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(relay->Connect(callers),
                       "the container is running, but its readiness cannot be reported");
  return lifecycle::AwaitReady(*relay, container.init.get());
}

}  // namespace

Status Start(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(session::SupervisorClient supervisor, FindSupervisor(runtime, id));
  TARE_ASSIGN_OR_RETURN(container::Container container, container::Load(runtime.root, id));
  TARE_RETURN_IF_ERROR(CheckCreated(container));
  supervisor.NoteProgramStarts();
  const bool reports_ready = runtime.ask_supervisor && !supervisor;  // a supervisor does so itself
  Status started = StartProgram(container, reports_ready ? lifecycle::CallersNotifySocket() : "");
  // A program that never ran is not started again.
  if (!started.ok()) (void)supervisor.StopRestarting();
  return started;
}

}  // namespace tare::commands
