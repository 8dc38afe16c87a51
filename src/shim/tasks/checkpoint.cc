// Checkpoint, and a container that begins with one: Create only keeps what Start needs to restore it.
#include "checkpoint/checkpoint.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>

#include "checkpoint/option_values.h"
#include "checkpoint/restore.h"
#include "container/container.h"
#include "kernel/file.h"
#include "messages/events.h"
#include "messages/options.h"
#include "shim/bundle.h"
#include "shim/rootfs_mount.h"
#include "shim/tasks/tasks.h"

namespace tare::shim {
namespace {

using kernel::Message;

// Where CRIU works if the request names no directory, and where its log is kept after a failure, as
// containerd's own shim does both.
std::string WorkDirectoryOf(absl::string_view bundle) {
  return absl::StrCat(bundle, "/work/criu-work");
}
std::string DumpLogOf(absl::string_view bundle) {
  return absl::StrCat(bundle, "/criu-dump.log");
}

StatusOr<checkpoint::CheckpointOptions> OptionsOf(const messages::CheckpointTaskRequest& request) {
  messages::CheckpointOptions asked;
  if (!request.options.empty()) {
    TARE_ASSIGN_OR_RETURN(asked, messages::Unpack<messages::CheckpointOptions>(request.options));
  }
  checkpoint::CheckpointOptions options{.criu = {.image_path = request.path,
                                                 .work_path = asked.work_path,
                                                 .tcp_established = asked.open_tcp,
                                                 .ext_unix_sk = asked.external_unix_sockets,
                                                 .shell_job = asked.terminal,
                                                 .file_locks = asked.file_locks},
                                        .parent_path = asked.parent_path,
                                        .leave_running = !asked.exit};
  if (options.criu.image_path.empty()) options.criu.image_path = asked.image_path;
  if (options.criu.image_path.empty())
    return absl::InvalidArgumentError("checkpoint: no path for the images");
  TARE_ASSIGN_OR_RETURN(options.criu.empty_ns, checkpoint::EmptyNamespacesOf(asked.empty_namespaces));
  TARE_ASSIGN_OR_RETURN(options.criu.manage_cgroups_mode, checkpoint::CgroupModeOf(asked.cgroups_mode));
  return options;
}

void RemoveDirectory(const std::string& path) {
  const StatusOr<kernel::Fd> directory = kernel::Open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (directory.ok()) kernel::EmptyDirectory(directory->get()).IgnoreError();
  (void)rmdir(path.c_str());
}

// In a worker.
Status Dump(const Container& container, checkpoint::CheckpointOptions options) {
  TARE_ASSIGN_OR_RETURN(const container::Container loaded,
                        container::Load(container.runtime.root, container.id));
  TARE_RETURN_IF_ERROR(checkpoint::CheckCanBeSaved(loaded));
  if (!options.criu.work_path.empty()) return checkpoint::Dump(loaded, options);
  options.criu.work_path = WorkDirectoryOf(container.bundle);
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(options.criu.work_path, 0700));
  const Status dumped = checkpoint::Dump(loaded, options);
  const std::string log = absl::StrCat(options.criu.work_path, "/dump.log");
  if (!dumped.ok()) (void)rename(log.c_str(), DumpLogOf(container.bundle).c_str());
  RemoveDirectory(options.criu.work_path);
  return Annotate(dumped, "path= ", DumpLogOf(container.bundle));
}

StatusOr<Message> Restore(const Container& container) {
  StatusOr<lifecycle::ChildProcess> init = checkpoint::RestoreInWorker(container.runtime, *container.restore);
  if (!init.ok()) return OciRuntimeError("restore", init.status());
  return lifecycle::ToMessage(*std::move(init));
}

}  // namespace

void Tasks::Checkpoint(const Target& target, const messages::CheckpointTaskRequest& request,
                       const Respond& respond) {
  const StatusOr<checkpoint::CheckpointOptions> options = OptionsOf(request);
  if (!options.ok()) return respond(options.status());
  Enqueue(target, respond, [this, container = target.container, options = *options](const Respond& finish) {
    Run([&] { return Dump(*container, options); },
        [this, container, path = options.criu.image_path, finish](const Status& dumped) {
          if (dumped.ok())
            Publish(*container, "/tasks/checkpointed",
                    messages::TaskCheckpointed{.container_id = container->id, .checkpoint = path});
          Acknowledge(finish, RuntimeError(dumped));
        });
  });
}

checkpoint::RestoreOptions Tasks::RestoreOptionsOf(const messages::CreateTaskRequest& request,
                                                   const lifecycle::CreateOptions& create) {
  return {.criu = {.image_path = request.checkpoint,
                   .work_path = absl::StrCat(request.bundle, "/work"),
                   .empty_ns = CLONE_NEWNET},
          .create = create};
}

void Tasks::StartRestored(const ContainerPtr& container, const Respond& respond) {
  container->init->phase = Phase::kStarting;
  RunWithStdio(
      container->init, [container] { return Restore(*container); },
      [this, container, respond](StatusOr<Message> result) {
        OnRestored(container, Adopt(container, container->init, std::move(result)), respond);
      });
}

void Tasks::OnRestored(const ContainerPtr& container, const Status& restored, const Respond& respond) {
  Process& init = *container->init;
  init.phase = restored.ok() ? Phase::kRunning : Phase::kCreated;
  if (restored.ok()) {
    container->restore.reset();
    ReadRecord(container);
    const auto pid = static_cast<uint32_t>(init.pid);
    Publish(*container, "/tasks/start", messages::TaskStart{.container_id = container->id, .pid = pid});
    Reply(respond, messages::StartResponse{.pid = pid});
  } else {
    init.stdio =
        std::make_unique<streams::Stdio>(loop_, init.stdio->names(), container->owner);  // closes its files
    respond(restored);
  }
  HandleDelayedRequests(init);
  ReportExit(container, container->init);
}

}  // namespace tare::shim
