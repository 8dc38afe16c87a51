#include "supervise/control.h"

#include <signal.h>

#include <cerrno>
#include <optional>

#include "base/log.h"
#include "container/container.h"
#include "kernel/process.h"
#include "lifecycle/commands/start.h"
#include "supervise/client.h"
#include "supervise/protocol.h"
#include "supervise/session.h"

namespace tare::supervise {
namespace {

using container::Container;
using kernel::Fd;
using spec::ContainerStatus;

// Nothing: the container was not made with --supervise, or by somebody whose directory we may not enter, and
// whose container is not ours either. Else it is not known, and nothing is done past a supervisor, who would
// start again what was ended.
StatusOr<std::optional<Session>> FindSession(const lifecycle::Runtime& runtime, const std::string& id) {
  StatusOr<Session> session = Session::Open(runtime.root, id);
  if (session.ok()) return *std::move(session);
  if (absl::IsNotFound(session.status()) || ErrnoOf(session.status()) == EACCES) return std::nullopt;
  return session.status();
}

// The supervisor is asked not to start the container again. Nothing: there is none; else its pidfd.
StatusOr<Fd> Retire(const Session& session) {
  TARE_ASSIGN_OR_RETURN(Fd supervisor, SupervisorOf(session));
  const Status asked = AskFor(session, Ask::kRetire);
  if (absl::IsUnavailable(asked)) return Fd();
  TARE_RETURN_IF_ERROR(asked);
  return supervisor;
}

// The supervisor has left; one that does not is ended, for a container that is deleted needs none.
void AwaitLeaving(const Fd& supervisor, absl::Duration patience) {
  if (!supervisor || Readable(supervisor.get(), patience)) return;
  (void)kernel::PidfdSendSignal(supervisor.get(), SIGKILL);
  (void)Readable(supervisor.get(), kPromptly);
}

Status SignalIfRunning(const lifecycle::Runtime& runtime, const std::string& id, int signal) {
  Status sent = lifecycle::Kill(runtime, id, signal, /*all=*/false);
  return absl::IsFailedPrecondition(sent) ? absl::OkStatus() : sent;
}

constexpr char kExitLost[] = "; its exit status will not be recorded";

bool EndsContainers(int signal) {
  return signal == SIGTERM || signal == SIGKILL || signal == SIGINT || signal == SIGQUIT;
}

Status UnknownExit(const std::string& id, absl::string_view why) {
  return absl::UnavailableError(
      absl::StrCat("container ", id, " has ended, but its exit status is unknown: ", why));
}

// Somebody else's child: the pidfd tells that it has ended, and no more.
StatusOr<int> WaitWithoutSupervisor(const lifecycle::Runtime& runtime, const std::string& id,
                                    absl::string_view why) {
  TARE_ASSIGN_OR_RETURN(const Container container, container::Load(runtime.root, id));
  if (container.alive()) (void)Readable(container.init.get(), absl::InfiniteDuration());
  return UnknownExit(id, why);
}

// Nothing: the container was not made with --supervise.
std::optional<spec::SupervisedState> LookAt(const lifecycle::Runtime& runtime, const std::string& id) {
  const StatusOr<Session> session = Session::Open(runtime.root, id);
  if (!session.ok()) return std::nullopt;
  const StatusOr<spec::Supervision> record = session->Load();
  if (!record.ok()) return std::nullopt;
  const bool alive = !HasLeft(*record);
  spec::SupervisedState state{.supervisor = alive ? record->pid : 0,
                              .lost = !alive && !record->ended,
                              .started = record->started,
                              .restarts = record->restarts,
                              .policy = record->policy,
                              .log = record->log};
  if (StatusOr<spec::Exit> exit = session->LoadExit(); exit.ok()) state.ended = *std::move(exit);
  return state;
}

void AddSupervision(const lifecycle::Runtime& runtime, lifecycle::Listing& listing) {
  listing.details.supervision = LookAt(runtime, listing.state.id);
  if (listing.details.supervision && listing.details.supervision->lost)
    log::Warning(SupervisorKilled(listing.state.id), kExitLost);
}

// True if the container was not found because it was being made again: now it stands, or never will.
bool HasSettled(const lifecycle::Runtime& runtime, const std::string& id) {
  const StatusOr<Session> session = Session::Open(runtime.root, id);
  return session.ok() && AskFor(*session, Ask::kSettle).ok();
}

}  // namespace

StatusOr<lifecycle::Listing> State(const lifecycle::Runtime& runtime, const std::string& id) {
  StatusOr<lifecycle::Listing> listing = lifecycle::State(runtime, id);
  if (absl::IsNotFound(listing.status()) && HasSettled(runtime, id)) listing = lifecycle::State(runtime, id);
  if (listing.ok()) AddSupervision(runtime, *listing);
  return listing;
}

StatusOr<std::vector<lifecycle::Listing>> List(const lifecycle::Runtime& runtime) {
  TARE_ASSIGN_OR_RETURN(std::vector<lifecycle::Listing> listings, lifecycle::List(runtime));
  if (!Session::Any(runtime.root)) return listings;
  for (lifecycle::Listing& listing : listings) AddSupervision(runtime, listing);
  return listings;
}

StatusOr<int> Wait(const lifecycle::Runtime& runtime, const std::string& id) {
  const StatusOr<Session> session = Session::Open(runtime.root, id);
  if (absl::IsNotFound(session.status())) return WaitWithoutSupervisor(runtime, id, "it was not supervised");
  TARE_RETURN_IF_ERROR(session.status());
  const StatusOr<spec::Exit> exit = HearExit(*session);
  if (exit.ok()) return exit->status;
  if (!absl::IsNotFound(exit.status())) return exit.status();
  if (!session->Load().ok()) return UnknownExit(id, "it was deleted meanwhile");
  log::Warning(SupervisorKilled(id), kExitLost);
  return WaitWithoutSupervisor(runtime, id, "its supervisor was killed");
}

Status Stop(const lifecycle::Runtime& runtime, const std::string& id, ChooseSignal choose,
            absl::Duration timeout) {
  Fd supervisor;
  TARE_ASSIGN_OR_RETURN(const std::optional<Session> session, FindSession(runtime, id));
  if (session) {
    TARE_ASSIGN_OR_RETURN(supervisor, Retire(*session));
  }
  TARE_ASSIGN_OR_RETURN(const Container container, container::Load(runtime.root, id));
  if (container.alive()) {
    TARE_ASSIGN_OR_RETURN(const int signal, choose(container.record.annotations));
    TARE_RETURN_IF_ERROR(SignalIfRunning(runtime, id, signal));
    // It may end between the timeout and the second signal.
    if (!Readable(container.init.get(), timeout)) TARE_RETURN_IF_ERROR(SignalIfRunning(runtime, id, SIGKILL));
    if (!Readable(container.init.get(), kPromptly))
      return absl::DeadlineExceededError("the init process is still running 10 s after SIGKILL");
  }
  if (!container.record.own_pid_namespace && container.has_cgroup()) {
    Status rest = lifecycle::Kill(runtime, id, SIGKILL, /*all=*/true);  // whom init has left behind
    if (!rest.ok() && !absl::IsFailedPrecondition(rest)) return rest;
  }
  // Its exit is on disk, and its output in the log.
  if (supervisor) (void)Readable(supervisor.get(), kPromptly);
  return absl::OkStatus();
}

Status Start(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const std::optional<Session> session, FindSession(runtime, id));
  if (!session) return lifecycle::Start(runtime, id, lifecycle::TellReady::kYes);
  const StatusOr<Container> container = container::Load(runtime.root, id);
  const bool waits = container.ok() && container->status == ContainerStatus::kCreated;
  // Told before, for after it the program may have ended, and the supervisor left.
  if (waits) (void)AskFor(*session, Ask::kStarting);
  Status started = lifecycle::Start(runtime, id, lifecycle::TellReady::kNo);
  // What never ran is not started again.
  if (waits && !started.ok()) (void)Retire(*session);
  return started;
}

Status Kill(const lifecycle::Runtime& runtime, const std::string& id, int signal, bool all) {
  TARE_ASSIGN_OR_RETURN(const std::optional<Session> session, FindSession(runtime, id));
  if (!session) return lifecycle::Kill(runtime, id, signal, all);
  if (!EndsContainers(signal)) {
    (void)AskFor(*session, Ask::kSettle);
    return lifecycle::Kill(runtime, id, signal, all);
  }
  TARE_ASSIGN_OR_RETURN(const Fd supervisor, Retire(*session));
  Status sent = lifecycle::Kill(runtime, id, signal, all);
  // It rested before its next start, which was the thing to prevent.
  if (supervisor && absl::IsFailedPrecondition(sent)) return absl::OkStatus();
  return sent;
}

Status Delete(const lifecycle::Runtime& runtime, const std::string& id, bool force) {
  TARE_ASSIGN_OR_RETURN(const std::optional<Session> session, FindSession(runtime, id));
  if (!session) return lifecycle::Delete(runtime, id, force);
  StatusOr<Container> container = container::Load(runtime.root, id);
  if (absl::IsNotFound(container.status()) && HasSettled(runtime, id))
    container = container::Load(runtime.root, id);
  const bool stays = container.ok() && container->status != ContainerStatus::kStopped &&
                     container->status != ContainerStatus::kCreated;
  if (stays && !force) return lifecycle::Delete(runtime, id, force);  // says why not
  TARE_ASSIGN_OR_RETURN(const Fd supervisor, SupervisorOf(*session));
  const bool answers = Retire(*session).ok();
  const Status deleted = lifecycle::Delete(runtime, id, force);
  if (!absl::IsNotFound(deleted)) TARE_RETURN_IF_ERROR(deleted);
  AwaitLeaving(supervisor, answers ? kPromptly : absl::ZeroDuration());
  return session->Remove();
}

}  // namespace tare::supervise
