#include "commands/wait.h"

#include "base/log.h"
#include "container/container.h"
#include "session/client.h"

namespace tare::commands {
namespace {

Status UnknownExit(const std::string& id, absl::string_view why) {
  return absl::UnavailableError(
      absl::StrCat("container ", id, " has ended, but its exit status is unknown: ", why));
}

// Init is not our child: its pidfd shows that it has ended, but not its exit status.
StatusOr<int> WaitWithoutSupervisor(const lifecycle::Runtime& runtime, const std::string& id,
                                    absl::string_view why) {
  TARE_ASSIGN_OR_RETURN(const container::Container container, container::Load(runtime.root, id));
  if (container.alive()) (void)session::Readable(container.init.get(), absl::InfiniteDuration());
  return UnknownExit(id, why);
}

}  // namespace

StatusOr<int> Wait(const lifecycle::Runtime& runtime, const std::string& id) {
  const StatusOr<session::Session> session = session::Session::Open(runtime.root, id);
  if (absl::IsNotFound(session.status())) return WaitWithoutSupervisor(runtime, id, "it was not supervised");
  TARE_RETURN_IF_ERROR(session.status());
  const StatusOr<spec::Exit> exit = session::AwaitExit(*session);
  if (exit.ok()) return exit->status;
  if (!absl::IsNotFound(exit.status())) return exit.status();
  if (!session->Load().ok()) return UnknownExit(id, "it was deleted meanwhile");
  log::Warning(session::ExitLost(id));
  return WaitWithoutSupervisor(runtime, id, "its supervisor was killed");
}

}  // namespace tare::commands
