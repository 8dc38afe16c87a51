// How processes begin: Create, Exec, Start.
#include <signal.h>

#include "absl/strings/numbers.h"
#include "base/log.h"
#include "container/container.h"
#include "kernel/file.h"
#include "lifecycle/commands/start.h"
#include "lifecycle/create/create.h"
#include "lifecycle/exec/exec.h"
#include "messages/events.h"
#include "shim/bundle.h"
#include "shim/options.h"
#include "shim/rootfs_mount.h"
#include "shim/tasks.h"
#include "stats/oom_watch.h"

namespace tare::shim {
namespace {

using kernel::Message;

Message Born(lifecycle::ChildProcess process) {
  Message born{.bytes = absl::StrCat(process.process.pid)};
  born.fds.push_back(std::move(process.process.pidfd));
  if (process.master) born.fds.push_back(std::move(process.master));
  return born;
}

// Told to containerd's users, who look for these words and for the kernel's after them.
Status Failed(absl::string_view what, const Status& why) {
  return OfRuntime(Annotate(why, "OCI runtime ", what, " failed"));
}

StatusOr<Message> CreateStory(const Container& container, const messages::CreateTaskRequest& request,
                              const lifecycle::CreateOptions& options) {
  TARE_RETURN_IF_ERROR(container.init->stdio->Enter());
  const std::string rootfs = RootfsOf(container.bundle);
  if (!request.rootfs.empty()) {
    TARE_RETURN_IF_ERROR(kernel::MakeDirectories(rootfs, 0711));
    TARE_RETURN_IF_ERROR(MountRootfs(request.rootfs, rootfs));
  }
  StatusOr<lifecycle::ChildProcess> init = lifecycle::CreateInWorker(container.runtime, options);
  if (init.ok()) return Born(*std::move(init));
  if (!request.rootfs.empty()) UnmountRootfs(rootfs).IgnoreError();
  return Failed("create", init.status());
}

StatusOr<Message> ExecStory(const Container& container, const Process& process) {
  TARE_RETURN_IF_ERROR(process.stdio->Enter());
  lifecycle::ExecOptions options{.id = container.id,
                                 .process_json = process.document,
                                 .tty = process.stdio->names().terminal,
                                 .console_size = process.stdio->size()};
  StatusOr<lifecycle::ChildProcess> exec = lifecycle::ExecInWorker(container.runtime, options);
  if (!exec.ok()) return Failed("exec", exec.status());
  return Born(*std::move(exec));
}

// The streams that a request to create or to exec names.
StdioNames NamesIn(const auto& request) {
  return {.in = request.stdin, .out = request.stdout, .err = request.stderr, .terminal = request.terminal};
}

bool Lives(const Container& container) {
  return container.init->alive() && container.init->phase != Phase::kDeleting;
}

// Told at once, as containerd's own shim does, in its words; not when the process is started.
Status MayExec(const Container& container) {
  if (!Lives(container)) return absl::UnknownError("cannot exec in a stopped state");
  if (container.paused) return absl::UnknownError("cannot exec in a paused state");
  return absl::OkStatus();
}

Status MayStart(const Container& container, const Process& exec) {
  if (!Lives(container)) return container::NotRunning(container.id);
  if (exec.phase == Phase::kFailed)
    return absl::FailedPreconditionError(absl::StrCat("process ", exec.exec_id, " could not be started"));
  if (exec.phase != Phase::kAdded)
    return absl::FailedPreconditionError(absl::StrCat("process ", exec.exec_id, " has already been started"));
  return absl::OkStatus();
}

messages::TaskIo IoOf(const StdioNames& names) {
  return {.stdin = names.in, .stdout = names.out, .stderr = names.err, .terminal = names.terminal};
}

}  // namespace

void Tasks::Create(const messages::CreateTaskRequest& request, const Respond& respond) {
  if (Status id = container::CheckId(request.id); !id.ok()) return respond(id);
  if (containers_.contains(request.id))
    return respond(absl::AlreadyExistsError(absl::StrCat("container ", request.id, " already exists")));
  if (!request.checkpoint.empty()) return respond(absl::UnimplementedError("restore is not implemented yet"));
  const StatusOr<messages::Options> options = ParseOptions(request.options);
  if (!options.ok()) return respond(options.status());

  auto container = std::make_shared<Container>();
  container->id = request.id;
  container->bundle = request.bundle;
  container->runtime = RuntimeOf(*options, containerd_namespace_);
  container->owner = {.containerd_namespace = containerd_namespace_,
                      .id = request.id,
                      .uid = options->io_uid,
                      .gid = options->io_gid};
  container->init->phase = Phase::kCreating;
  container->init->stdio = std::make_unique<Stdio>(loop_, NamesIn(request), container->owner);
  containers_[request.id] = container;
  const lifecycle::CreateOptions create{.id = request.id,
                                        .bundle = request.bundle,
                                        .pid_file = InitPidFileOf(request.bundle),
                                        .no_pivot = options->no_pivot_root,
                                        .no_new_keyring = options->no_new_keyring};
  InTurn({container, container->init}, respond,
         [this, container, request, create, respond](const Turns::Done& done) {
           CreateInit(container, request, create, respond, done);
         });
}

void Tasks::CreateInit(const Held& container, const messages::CreateTaskRequest& request,
                       const lifecycle::CreateOptions& options, const Respond& respond,
                       const Turns::Done& done) {
  const auto tell = [this, container, request, respond, done](const Status& created) {
    OnCreated(container, request, created, respond);
    Made(*container->init);
    done();
  };
  const auto finish = [this, container, tell](StatusOr<Message> result) {
    // A worker that was killed has undone nothing of what it had made.
    const bool undone = !result.ok() && !absl::IsAborted(result.status());
    const Status created = Adopt(container, container->init, std::move(result));
    if (undone || created.ok()) return tell(created);
    Run(
        {}, [&] { return DeleteStory(*container); },
        [tell, created](const StatusOr<Message>&) { tell(created); });
  };
  // Before anything stands: whoever cleans up after a dead shim must find the state.
  if (Status noted = NoteRuntime(container->bundle, container->runtime); !noted.ok()) return finish(noted);
  container->init->stdio->Open([this, container, request, options, finish](const Status& opened) {
    if (!opened.ok()) return finish(opened);
    Run(
        container->init->stdio->ends(), [&] { return CreateStory(*container, request, options); }, finish);
  });
}

void Tasks::OnCreated(const Held& container, const messages::CreateTaskRequest& request,
                      const Status& created, const Respond& respond) {
  if (!created.ok()) {
    containers_.erase(container->id);
    return respond(created);
  }
  container->init->phase = Phase::kCreated;
  ReadRecord(container);
  const auto pid = static_cast<uint32_t>(container->init->pid);
  Publish("/tasks/create", messages::TaskCreate{.container_id = container->id,
                                                .bundle = container->bundle,
                                                .rootfs = request.rootfs,
                                                .io = IoOf(container->init->stdio->names()),
                                                .pid = pid});
  Reply(respond, messages::CreateTaskResponse{.pid = pid});
  if (container->init->exit) TellExit(container, container->init);
}

// From here on the process is ours: what ends it is seen. One that cannot be watched must not run.
Status Tasks::Adopt(const Held& container, const HeldProcess& process, StatusOr<Message> born) {
  TARE_RETURN_IF_ERROR(born.status());
  Status watched = Watch(container, process, *std::move(born));
  if (watched.ok()) return watched;
  if (process->pidfd) (void)kernel::PidfdSendSignal(process->pidfd.get(), SIGKILL);
  process->pid = 0;
  return watched;
}

Status Tasks::Watch(const Held& container, const HeldProcess& process, Message born) {
  if (!absl::SimpleAtoi(born.bytes, &process->pid) || born.fds.empty())
    return absl::InternalError("malformed result from a worker");
  process->pidfd = std::move(born.fds[0]);
  TARE_ASSIGN_OR_RETURN(process->until_exit,
                        loop_.Watch(process->pidfd.get(), EPOLLIN,
                                    [this, container, process](uint32_t) { OnExit(container, process); }));
  return process->stdio->Begin(born.fds.size() > 1 ? std::move(born.fds[1]) : kernel::Fd());
}

// What is decided by the worker that created it.
void Tasks::ReadRecord(const Held& container) {
  const StatusOr<container::Container> created = container::Load(container->runtime.root, container->id);
  container->own_pid_namespace = created.ok() && created->record.own_pid_namespace;
  const Status watched = created.ok() ? WatchMemory(container, *created->cgroup) : created.status();
  if (!watched.ok()) log::Warning("cannot watch for OOM events: ", watched.message());
}

Status Tasks::WatchMemory(const Held& container, const cgroup::Manager& cgroup) {
  TARE_ASSIGN_OR_RETURN(container->oom, stats::OomWatch::Open(cgroup));
  TARE_ASSIGN_OR_RETURN(container->on_oom, loop_.Watch(container->oom->fd(), EPOLLIN,
                                                       [this, held = std::weak_ptr(container)](uint32_t) {
                                                         if (const Held alive = held.lock()) TellOom(alive);
                                                       }));
  return absl::OkStatus();
}

void Tasks::Exec(const messages::ExecProcessRequest& request, const Respond& respond) {
  const StatusOr<Held> container = Find(request.id);
  if (!container.ok()) return respond(container.status());
  if (Status id = container::CheckId(request.exec_id); !id.ok()) return respond(id);
  if (Status may = MayExec(**container); !may.ok()) return respond(may);
  if ((*container)->execs.contains(request.exec_id))
    return respond(absl::AlreadyExistsError(absl::StrCat("process ", request.exec_id, " already exists")));
  auto process = std::make_shared<Process>();
  process->exec_id = request.exec_id;
  process->document = request.spec.value;
  process->stdio = std::make_unique<Stdio>(loop_, NamesIn(request), (*container)->owner);
  (*container)->execs[request.exec_id] = process;
  Publish("/tasks/exec-added",
          messages::TaskExecAdded{.container_id = request.id, .exec_id = request.exec_id});
  Reply(respond, messages::Empty{});
}

void Tasks::Start(const messages::StartRequest& request, const Respond& respond) {
  const StatusOr<Found> found = FindBoth(request.id, request.exec_id);
  if (!found.ok()) return respond(found.status());
  InTurn(*found, respond, [this, what = *found, respond](const Turns::Done& done) {
    const auto& [container, process] = what;
    process->is_init() ? StartInit(container, respond, done) : StartExec(container, process, respond, done);
  });
}

void Tasks::StartInit(const Held& container, const Respond& respond, const Turns::Done& done) {
  const HeldProcess init = container->init;
  if (init->phase != Phase::kCreated) {
    respond(absl::FailedPreconditionError(
        absl::StrCat("container ", container->id, " is not in the created state")));
    return done();
  }
  init->phase = Phase::kStarting;
  Run(
      {},
      [&] { return Nothing(lifecycle::Start(container->runtime, container->id, lifecycle::TellReady::kNo)); },
      [this, container, init, respond, done](const StatusOr<Message>& result) {
        init->phase = result.ok() ? Phase::kRunning : Phase::kCreated;
        const auto pid = static_cast<uint32_t>(init->pid);
        if (result.ok()) {
          Publish("/tasks/start", messages::TaskStart{.container_id = container->id, .pid = pid});
          Reply(respond, messages::StartResponse{.pid = pid});
        } else {
          respond(Failed("start", result.status()));
        }
        if (init->exit) TellExit(container, init);
        done();
      });
}

void Tasks::StartExec(const Held& container, const HeldProcess& process, const Respond& respond,
                      const Turns::Done& done) {
  if (Status may = MayStart(*container, *process); !may.ok()) {
    respond(may);
    return done();
  }
  process->phase = Phase::kStarting;
  const auto finish = [this, container, process, respond, done](StatusOr<Message> result) {
    OnExecStarted(container, process, Adopt(container, process, std::move(result)), respond);
    Made(*process);
    if (container->init->exit) KillLeft(*container);  // it may have come after the first time
    // Init may have waited for this one.
    TellExit(container, container->init);
    done();
  };
  process->stdio->Open([this, container, process, finish](const Status& opened) {
    if (!opened.ok()) return finish(opened);
    Run(
        process->stdio->ends(), [&] { return ExecStory(*container, *process); }, finish);
  });
}

void Tasks::OnExecStarted(const Held& container, const HeldProcess& process, const Status& started,
                          const Respond& respond) {
  process->phase = started.ok() ? Phase::kRunning : Phase::kFailed;
  process->document.clear();
  if (!started.ok()) {
    process->stdio = std::make_unique<Stdio>(loop_, process->stdio->names(), container->owner);  // closed
    TellThatItNeverRan(*process);
    return respond(started);
  }
  const auto pid = static_cast<uint32_t>(process->pid);
  Publish("/tasks/exec-started",
          messages::TaskExecStarted{.container_id = container->id, .exec_id = process->exec_id, .pid = pid});
  Reply(respond, messages::StartResponse{.pid = pid});
}

}  // namespace tare::shim
