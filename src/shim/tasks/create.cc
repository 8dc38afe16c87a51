// Create: a container, and its init, which waits at the start gate.
#include "lifecycle/create/create.h"

#include "base/log.h"
#include "container/container.h"
#include "kernel/file.h"
#include "messages/events.h"
#include "shim/bundle.h"
#include "shim/options.h"
#include "shim/rootfs_mount.h"
#include "shim/tasks/tasks.h"

namespace tare::shim {
namespace {

using kernel::Message;

Status MountRequested(const Container& container, const messages::CreateTaskRequest& request) {
  if (request.rootfs.empty()) return absl::OkStatus();
  const std::string rootfs = RootfsOf(container.bundle);
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(rootfs, 0711));
  return MountRootfs(request.rootfs, rootfs);
}

StatusOr<Message> MountAndCreate(const Container& container, const messages::CreateTaskRequest& request,
                                 const lifecycle::CreateOptions& options) {
  TARE_RETURN_IF_ERROR(MountRequested(container, request));
  StatusOr<lifecycle::ChildProcess> init = lifecycle::CreateInWorker(container.runtime, options);
  if (init.ok()) return lifecycle::ToMessage(*std::move(init));
  if (!request.rootfs.empty()) UnmountRootfs(RootfsOf(container.bundle)).IgnoreError();
  return OciRuntimeError("create", init.status());
}

messages::TaskIo IoOf(const streams::StdioNames& names) {
  return {.stdin = names.in, .stdout = names.out, .stderr = names.err, .terminal = names.terminal};
}

}  // namespace

void Tasks::Create(const messages::CreateTaskRequest& request, const Respond& respond) {
  if (Status id = container::CheckId(request.id); !id.ok()) return respond(id);
  if (containers_.contains(request.id))
    return respond(absl::AlreadyExistsError(absl::StrCat("container ", request.id, " already exists")));
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
  container->init->stdio = std::make_unique<streams::Stdio>(loop_, StdioNamesIn(request), container->owner);
  containers_[request.id] = container;
  const lifecycle::CreateOptions create{.id = request.id,
                                        .bundle = request.bundle,
                                        .pid_file = InitPidFileOf(request.bundle),
                                        .no_pivot = options->no_pivot_root,
                                        .no_new_keyring = options->no_new_keyring};
  if (!request.checkpoint.empty()) container->restore = RestoreOptionsOf(request, create);
  Enqueue({container, container->init}, respond, [this, container, request, create](const Respond& finish) {
    CreateInit(container, request, create, finish);
  });
}

void Tasks::CreateInit(const ContainerPtr& container, const messages::CreateTaskRequest& request,
                       const lifecycle::CreateOptions& options, const Respond& respond) {
  // Before anything is made: `delete`, which cleans up after a dead shim, must find the container's state.
  if (Status saved = SaveRuntime(container->bundle, container->runtime); !saved.ok())
    return FinishCreate(container, request, saved, respond);
  if (container->restore)
    return Run([&] { return MountRequested(*container, request); },
               [this, container, request, respond](const Status& mounted) {
                 FinishCreate(container, request, mounted, respond);
               });
  RunWithStdio(
      container->init, [container, request, options] { return MountAndCreate(*container, request, options); },
      [this, container, request, respond](StatusOr<Message> result) {
        OnInitCreated(container, request, std::move(result), respond);
      });
}

void Tasks::OnInitCreated(const ContainerPtr& container, const messages::CreateTaskRequest& request,
                          StatusOr<Message> result, const Respond& respond) {
  // A worker that fails removes what it has made, but one that is killed (Aborted) does not.
  const bool removed = !result.ok() && !absl::IsAborted(result.status());
  const Status created = Adopt(container, container->init, std::move(result));
  if (created.ok() || removed) return FinishCreate(container, request, created, respond);
  Run([&] { return KillAndRemove(*container); },
      [this, container, request, created, respond](const Status&) {
        FinishCreate(container, request, created, respond);
      });
}

void Tasks::FinishCreate(const ContainerPtr& container, const messages::CreateTaskRequest& request,
                         const Status& created, const Respond& respond) {
  if (created.ok()) {
    container->init->phase = Phase::kCreated;
    if (!container->restore) ReadRecord(container);
    const auto pid = static_cast<uint32_t>(container->init->pid);
    Publish(*container, "/tasks/create",
            messages::TaskCreate{.container_id = container->id,
                                 .bundle = container->bundle,
                                 .rootfs = request.rootfs,
                                 .io = IoOf(container->init->stdio->names()),
                                 .checkpoint = request.checkpoint,
                                 .pid = pid});
    Reply(respond, messages::CreateTaskResponse{.pid = pid});
    ReportExit(container, container->init);
  } else {
    containers_.erase(container->id);
    respond(created);
  }
  HandleDelayedRequests(*container->init);
}

// Reads what the worker has decided.
void Tasks::ReadRecord(const ContainerPtr& container) {
  const StatusOr<container::Container> created = container::Load(container->runtime.root, container->id);
  container->own_pid_namespace = created.ok() && created->record.own_pid_namespace;
  const Status watched = created.ok() ? WatchMemory(container, *created->cgroup) : created.status();
  if (!watched.ok()) log::Warning("cannot watch for OOM events: ", watched.message());
}

Status Tasks::WatchMemory(const ContainerPtr& container, const cgroup::Manager& cgroup) {
  TARE_ASSIGN_OR_RETURN(container->oom, stats::OomWatch::Open(cgroup));
  TARE_ASSIGN_OR_RETURN(container->on_oom, loop_.Watch(container->oom->fd(), EPOLLIN,
                                                       [this, weak = std::weak_ptr(container)](uint32_t) {
                                                         if (const auto held = weak.lock()) PublishOom(held);
                                                       }));
  return absl::OkStatus();
}

}  // namespace tare::shim
