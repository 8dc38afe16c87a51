// How processes end: Wait, Delete, and the exits themselves.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "base/log.h"
#include "container/exit.h"
#include "container/store.h"
#include "lifecycle/commands/kill.h"
#include "lifecycle/commands/removal.h"
#include "messages/events.h"
#include "shim/bundle.h"
#include "shim/rootfs_mount.h"
#include "shim/tasks.h"

namespace tare::shim {
namespace {

using kernel::Message;

constexpr absl::Duration kDrainAtMost = absl::Seconds(10);

std::string ExitFileOf(const Process& process) {
  return process.is_init() ? container::kExitFile : absl::StrCat("exec-", process.exec_id, ".json");
}

// Before anybody is told: a shim that dies now has not lost it.
Status Save(const Container& container, const Process& process) {
  TARE_ASSIGN_OR_RETURN(const container::Directory directory,
                        container::Directory::Open(container.runtime.root, container.id));
  return container::SaveExit(
      directory.fd(), ExitFileOf(process),
      {.pid = process.pid,
       .status = process.exit->status,
       .at = absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", process.exit->at, absl::UTCTimeZone())});
}

// An exec that containerd has deleted: a container that is looked into each ten seconds does not fill /run.
void Forget(const Container& container, const Process& process) {
  const StatusOr<container::Directory> directory =
      container::Directory::Open(container.runtime.root, container.id);
  if (directory.ok()) unlinkat(directory->fd(), ExitFileOf(process).c_str(), 0);
}

messages::DeleteResponse DeletedOf(const Process& process) {
  messages::DeleteResponse response{.pid = static_cast<uint32_t>(process.pid)};
  if (!process.exit) return response;
  response.exit_status = static_cast<uint32_t>(process.exit->status);
  response.exited_at = messages::ToTimestamp(process.exit->at);
  return response;
}

}  // namespace

StatusOr<Message> DeleteStory(const Container& container) {
  TARE_RETURN_IF_ERROR(lifecycle::Destroy(container.runtime, container.id));
  return Nothing(UnmountRootfs(RootfsOf(container.bundle)));
}

void Tasks::Wait(const messages::WaitRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  Process& process = *found->process;
  process.waiting.push_back(respond);
  if (process.phase == Phase::kStopped) TellWaiting(process);
  if (process.phase == Phase::kFailed) TellThatItNeverRan(process);
}

void Tasks::TellWaiting(Process& process) {
  const messages::WaitResponse response{.exit_status = static_cast<uint32_t>(process.exit->status),
                                        .exited_at = messages::ToTimestamp(process.exit->at)};
  for (const Respond& respond : std::exchange(process.waiting, {})) Reply(respond, response);
}

void Tasks::TellThatItNeverRan(Process& process) {
  const Status why =
      absl::FailedPreconditionError(absl::StrCat("process ", process.exec_id, " was never started"));
  for (const Respond& respond : std::exchange(process.waiting, {})) respond(why);
}

void Tasks::OnExit(const Held& container, const HeldProcess& process) {
  siginfo_t ended{};
  const bool known = waitid(P_PIDFD, static_cast<id_t>(process->pidfd.get()), &ended, WEXITED | WNOHANG) == 0;
  if (known && ended.si_pid == 0) return;  // not yet
  process->until_exit.End();
  process->pidfd.Close();
  // Somebody else has waited for it: nobody can tell any more.
  int status = 255;
  if (known) status = ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status;
  process->exit = Exit{.status = status, .at = absl::Now()};
  if (process->is_init()) {
    StopStarting(*container);
    KillLeft(*container);
  }
  TellExit(container, process);
}

// Nobody outlives init.
void Tasks::KillLeft(const Container& container) {
  if (container.own_pid_namespace) return;  // the kernel sees to it
  Run(
      {}, [&] { return Nothing(lifecycle::Kill(container.runtime, container.id, SIGKILL, /*all=*/true)); },
      [](const StatusOr<Message>&) {});
}

// What is just started in a container that has ended fails, and init's exit waits for that: soon, then.
void Tasks::StopStarting(const Container& container) {
  for (const auto& [exec_id, exec] : container.execs) {
    if (exec->in_the_making()) exec->stdio->StopWaiting();
  }
}

// An exit waits for its start to be told, and init's for that of all others.
bool Tasks::MayTell(const Container& container, const Process& process) const {
  const bool begun = process.phase == Phase::kCreated || process.phase == Phase::kRunning;
  if (!process.exit || !begun) return false;
  return !process.is_init() || std::ranges::none_of(container.execs, [](const auto& exec) {
    return exec.second->phase == Phase::kStarting || exec.second->phase == Phase::kRunning;
  });
}

void Tasks::TellExit(const Held& container, const HeldProcess& process) {
  if (!MayTell(*container, *process)) return;
  if (container->oom) TellOom(container);
  // Of a container that is deleted, nothing is kept.
  if (Status saved = Save(*container, *process); !saved.ok() && !absl::IsNotFound(saved))
    log::Warning("cannot save the exit status of ", container->id, " ", process->exec_id, ": ",
                 saved.message());
  process->phase = Phase::kStopped;
  Publish("/tasks/exit", messages::TaskExit{.container_id = container->id,
                                            .id = process->is_init() ? container->id : process->exec_id,
                                            .pid = static_cast<uint32_t>(process->pid),
                                            .exit_status = static_cast<uint32_t>(process->exit->status),
                                            .exited_at = messages::ToTimestamp(process->exit->at)});
  TellWaiting(*process);
  if (!process->is_init()) TellExit(container, container->init);
}

// Kubernetes and Docker want it before the exit, to say why.
void Tasks::TellOom(const Held& container) {
  if (container->oom->Happened()) Publish("/tasks/oom", messages::TaskOom{.container_id = container->id});
}

void Tasks::Delete(const messages::DeleteRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  InTurn(*found, respond, [this, what = *found, respond](const Turns::Done& done) {
    const auto& [container, process] = what;
    if (process->phase == Phase::kRunning || process->phase == Phase::kStarting) {
      respond(absl::FailedPreconditionError("cannot delete a running process"));
      return done();
    }
    process->is_init() ? DeleteInit(container, respond, done) : DeleteExec(container, process, respond, done);
  });
}

// Of all who have ended, though the Loop may tell of it only later.
void Tasks::TakeExits(const Held& container) {
  for (const auto& [exec_id, exec] : container->execs) {
    if (exec->alive()) OnExit(container, exec);
  }
  if (container->init->alive()) OnExit(container, container->init);
}

void Tasks::DeleteExec(const Held& container, const HeldProcess& process, const Respond& respond,
                       const Turns::Done& done) {
  const auto finish = [this, container, process, respond, done] {
    TellThatItNeverRan(*process);  // whoever still waits
    if (process->exit) Forget(*container, *process);
    process->stdio.reset();
    container->execs.erase(process->exec_id);
    Reply(respond, DeletedOf(*process));
    done();
  };
  process->exit ? process->stdio->WhenDrained(kDrainAtMost, finish) : finish();
}

void Tasks::DeleteInit(const Held& container, const Respond& respond, const Turns::Done& done) {
  // Beside an init that was only created others may be just starting: that is told before the deletion.
  StopStarting(*container);
  for (const auto& [exec_id, exec] : container->execs) {
    if (exec->in_the_making())
      return exec->once_made.push_back(
          [this, container, respond, done] { DeleteInit(container, respond, done); });
  }
  const Phase before = container->init->phase;
  // Its exit is not kept in the directory that is being removed: rmdir(2) would find it there.
  if (before == Phase::kCreated) container->init->phase = Phase::kDeleting;
  const auto forget = [this, container, before, respond, done](const StatusOr<Message>& result) {
    const HeldProcess& init = container->init;
    init->phase = before;
    if (result.ok()) TakeExits(container);
    TellExit(container, init);
    if (!result.ok()) {
      respond(OfRuntime(result.status()));
      return done();
    }
    container->on_oom.End();
    init->stdio.reset();
    // Whoever waits for one that runs, beside an init that was only created, is told of its end.
    for (const auto& [exec_id, exec] : container->execs) {
      if (!exec->alive()) TellThatItNeverRan(*exec);
    }
    containers_.erase(container->id);
    const messages::DeleteResponse deleted = DeletedOf(*init);
    Publish("/tasks/delete", messages::TaskDelete{.container_id = container->id,
                                                  .pid = deleted.pid,
                                                  .exit_status = deleted.exit_status,
                                                  .exited_at = deleted.exited_at});
    Reply(respond, deleted);
    done();
  };
  const auto finish = [this, container, forget] {
    Run(
        {}, [&] { return DeleteStory(*container); }, forget);
  };
  before == Phase::kStopped ? container->init->stdio->WhenDrained(kDrainAtMost, finish) : finish();
}

}  // namespace tare::shim
