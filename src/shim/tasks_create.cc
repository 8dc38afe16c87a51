// How processes begin: Create, Exec, Start.
#include "absl/strings/numbers.h"
#include "base/log.h"
#include "cgroup/stats.h"
#include "container/container.h"
#include "kernel/file.h"
#include "lifecycle/create.h"
#include "lifecycle/exec.h"
#include "lifecycle/start.h"
#include "messages/events.h"
#include "shim/bundle.h"
#include "shim/options.h"
#include "shim/rootfs_mount.h"
#include "shim/tasks.h"

namespace tare::shim {
namespace {

using kernel::Message;

Message Born(lifecycle::Supervised process) {
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
  StatusOr<lifecycle::Supervised> init = lifecycle::CreateSupervised(container.runtime, options);
  if (init.ok()) return Born(*std::move(init));
  if (!request.rootfs.empty()) UnmountRootfs(rootfs).IgnoreError();
  return Failed("create", init.status());
}

StatusOr<Message> ExecStory(const Container& container, const Process& process) {
  TARE_RETURN_IF_ERROR(process.stdio->Enter());
  lifecycle::ExecOptions options{
      .id = container.id, .process_json = process.document, .tty = process.names.terminal};
  StatusOr<lifecycle::Supervised> exec = lifecycle::ExecSupervised(container.runtime, options);
  if (!exec.ok()) return Failed("exec", exec.status());
  return Born(*std::move(exec));
}

messages::TaskIo IoOf(const StdioNames& names) {
  return {.stdin = names.in, .stdout = names.out, .stderr = names.err, .terminal = names.terminal};
}

}  // namespace

void Tasks::Create(const messages::CreateTaskRequest& request, const Respond& respond) {
  if (Status id = container::CheckId(request.id); !id.ok()) return respond(id);
  if (containers_.contains(request.id))
    return respond(absl::AlreadyExistsError(absl::StrCat("container ", request.id, " already exists")));
  if (!request.checkpoint.empty()) return respond(absl::UnimplementedError("restore is not built yet"));
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
  container->init->names = {
      .in = request.stdin, .out = request.stdout, .err = request.stderr, .terminal = request.terminal};
  containers_[request.id] = container;
  const lifecycle::CreateOptions create{.id = request.id,
                                        .bundle = request.bundle,
                                        .pid_file = InitPidFileOf(request.bundle),
                                        .no_pivot = options->no_pivot_root,
                                        .no_new_keyring = options->no_new_keyring};
  container->init->turns.Add([this, container, request, create, respond](const Turns::Done& done) {
    CreateInit(container, request, create, respond, done);
  });
}

void Tasks::CreateInit(const Held& container, const messages::CreateTaskRequest& request,
                       const lifecycle::CreateOptions& options, const Respond& respond,
                       const Turns::Done& done) {
  const auto finish = [this, container, request, respond, done](StatusOr<Message> result) {
    OnCreated(container, request, std::move(result), respond);
    done();
  };
  // Before anything stands: whoever cleans up after a dead shim must find the state.
  if (Status noted = NoteRuntime(container->bundle, container->runtime); !noted.ok()) return finish(noted);
  Stdio::Open(loop_, container->init->names, container->owner,
              [this, container, request, options, finish](StatusOr<std::unique_ptr<Stdio>> stdio) {
                if (!stdio.ok()) return finish(stdio.status());
                container->init->stdio = *std::move(stdio);
                Run(
                    container->init->stdio->ends(), [&] { return CreateStory(*container, request, options); },
                    finish);
              });
}

void Tasks::OnCreated(const Held& container, const messages::CreateTaskRequest& request,
                      StatusOr<Message> result, const Respond& respond) {
  Status created = result.ok() ? Adopt(container, container->init, *std::move(result)) : result.status();
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
                                                .io = IoOf(container->init->names),
                                                .pid = pid});
  Reply(respond, messages::CreateTaskResponse{.pid = pid});
  if (container->init->exit) TellExit(container, container->init);
}

// From here on the process is ours: what ends it is seen.
Status Tasks::Adopt(const Held& container, const HeldProcess& process, Message born) {
  if (!absl::SimpleAtoi(born.bytes, &process->pid) || born.fds.empty())
    return absl::InternalError("an unreadable answer of a worker");
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
  if (!watched.ok()) log::Warning("not told of memory running out: ", watched.message());
}

Status Tasks::WatchMemory(const Held& container, const cgroup::Manager& cgroup) {
  TARE_ASSIGN_OR_RETURN(container->oom, cgroup::OomWatch::Open(cgroup));
  TARE_ASSIGN_OR_RETURN(container->on_oom, loop_.Watch(container->oom->fd(), EPOLLIN,
                                                       [this, held = std::weak_ptr(container)](uint32_t) {
                                                         if (const Held alive = held.lock()) TellOom(alive);
                                                       }));
  return absl::OkStatus();
}

void Tasks::Exec(const messages::ExecProcessRequest& request, const Respond& respond) {
  const StatusOr<Held> container = FindCreated(request.id);
  if (!container.ok()) return respond(container.status());
  if (Status id = container::CheckId(request.exec_id); !id.ok()) return respond(id);
  if ((*container)->execs.contains(request.exec_id))
    return respond(absl::AlreadyExistsError(absl::StrCat("process ", request.exec_id, " already exists")));
  auto process = std::make_shared<Process>();
  process->exec_id = request.exec_id;
  process->document = request.spec.value;
  process->names = {
      .in = request.stdin, .out = request.stdout, .err = request.stderr, .terminal = request.terminal};
  (*container)->execs[request.exec_id] = process;
  Publish("/tasks/exec-added",
          messages::TaskExecAdded{.container_id = request.id, .exec_id = request.exec_id});
  Reply(respond, messages::Empty{});
}

void Tasks::Start(const messages::StartRequest& request, const Respond& respond) {
  const StatusOr<Held> found = Find(request.id);
  if (!found.ok()) return respond(found.status());
  const StatusOr<HeldProcess> process = FindProcess(*found, request.exec_id);
  if (!process.ok()) return respond(process.status());
  (*process)->turns.Add([this, container = *found, process = *process, respond](const Turns::Done& done) {
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
      {}, [&] { return Nothing(lifecycle::Start(container->runtime, container->id)); },
      [this, container, init, respond, done](const StatusOr<Message>& result) {
        init->phase = Phase::kRunning;
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
  const bool alive = container->init->phase == Phase::kRunning && !container->init->exit;
  if (!alive || process->phase != Phase::kAdded) {
    respond(absl::FailedPreconditionError(
        alive ? absl::StrCat("process ", process->exec_id, " was started already")
              : absl::StrCat("container ", container->id, " is not running")));
    return done();
  }
  process->phase = Phase::kStarting;
  const auto finish = [this, container, process, respond, done](StatusOr<Message> result) {
    Status started = result.ok() ? Adopt(container, process, *std::move(result)) : result.status();
    process->phase = started.ok() ? Phase::kRunning : Phase::kAdded;
    process->document.clear();
    if (started.ok()) {
      const auto pid = static_cast<uint32_t>(process->pid);
      Publish(
          "/tasks/exec-started",
          messages::TaskExecStarted{.container_id = container->id, .exec_id = process->exec_id, .pid = pid});
      Reply(respond, messages::StartResponse{.pid = pid});
    } else {
      process->stdio.reset();
      respond(started);
    }
    // Init may have waited for this one.
    TellExit(container, container->init);
    done();
  };
  Stdio::Open(loop_, process->names, container->owner,
              [this, container, process, finish](StatusOr<std::unique_ptr<Stdio>> stdio) {
                if (!stdio.ok()) return finish(stdio.status());
                process->stdio = *std::move(stdio);
                Run(
                    process->stdio->ends(), [&] { return ExecStory(*container, *process); }, finish);
              });
}

}  // namespace tare::shim
