// The story of checkpoint.
#include "checkpoint/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "base/log.h"
#include "checkpoint/external.h"
#include "checkpoint/images.h"
#include "checkpoint/request.h"
#include "checkpoint/streams.h"
#include "criu/service.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"
#include "lifecycle/create/blueprint.h"
#include "lifecycle/notify_socket.h"

namespace tare::checkpoint {
namespace {

using messages::CriuType;

Status CheckStatusFd(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  const std::string invalid = absl::StrCat("invalid --status-fd argument ", fd);
  if (flags < 0) return ErrnoError(errno, invalid);
  if ((flags & O_ACCMODE) == O_RDONLY) return InvalidError(invalid, ": not writable");
  return absl::OkStatus();
}

class Dumping {
 public:
  Dumping(const container::Container& container, const CheckpointOptions& options, Images& images)
      : container_(container), record_(container.record), options_(options), images_(images) {}

  Status Run() {
    TARE_RETURN_IF_ERROR(images_.CheckParent(options_.parent_path));
    if (options_.status_fd && options_.criu.lazy_pages)
      TARE_RETURN_IF_ERROR(CheckStatusFd(*options_.status_fd));
    TARE_ASSIGN_OR_RETURN(config_, container_.directory.LoadConfig());
    TARE_ASSIGN_OR_RETURN(criu::Service criu, StartCriu());
    TARE_RETURN_IF_ERROR(CheckFeatures(criu));
    TARE_ASSIGN_OR_RETURN(messages::CriuRequest request, Request());
    log::Debug("CRIU saves process ", record_.init_pid, " to ", options_.criu.image_path);
    const auto ignore = [](const criu::Notification&) { return absl::OkStatus(); };
    TARE_RETURN_IF_ERROR(criu.Ask(std::move(request), ignore).status());
    criu.Finish();
    return absl::OkStatus();
  }

 private:
  // What CRIU prints is in its log as well.
  static StatusOr<criu::Service> StartCriu() {
    const auto silence = [] { return kernel::SetStandardStreams({-1, -1, -1}); };
    const auto nothing = [](pid_t) { return absl::OkStatus(); };
    return criu::Service::Start({.prepare = silence, .spawned = nothing});
  }

  Status CheckFeatures(criu::Service& criu) const {
    const bool lazy = options_.criu.lazy_pages;
    if (!options_.pre_dump && !lazy) return absl::OkStatus();
    TARE_ASSIGN_OR_RETURN(const messages::CriuFeatures features,
                          criu.Features({.mem_track = options_.pre_dump, .lazy_pages = lazy}),
                          "CRIU feature check failed");
    if (options_.pre_dump && !features.mem_track)
      return absl::FailedPreconditionError(
          "criu is missing features: [MemTrack] (--pre-dump needs a kernel with CONFIG_MEM_SOFT_DIRTY)");
    if (lazy && !features.lazy_pages)
      return absl::FailedPreconditionError(
          "criu is missing features: [LazyPages] (--lazy-pages needs userfaultfd(2))");
    return absl::OkStatus();
  }

  StatusOr<messages::CriuRequest> Request() {
    messages::CriuOptions request = CommonOptions(options_.criu, images_, config_.annotations);
    request.pid = record_.init_pid;
    request.leave_running = options_.leave_running;
    request.page_server = options_.page_server;
    request.root = record_.rootfs;
    request.parent_img = options_.parent_path;
    request.track_mem = !options_.parent_path.empty();
    request.link_remap = options_.link_remap;
    request.freeze_cgroup = FreezerPath();
    request.tcp_skip_in_flight = options_.tcp_skip_in_flight;
    if (options_.criu.lazy_pages) request.status_fd = options_.status_fd;
    TARE_ASSIGN_OR_RETURN(request.external, NamespacesToDump(record_.joined, record_.init_pid));
    if (!options_.pre_dump) TARE_RETURN_IF_ERROR(DescribeRest(request));
    return messages::CriuRequest{.type = options_.pre_dump ? CriuType::kPreDump : CriuType::kDump,
                                 .options = std::move(request)};
  }

  // What a pre-dump, which only saves memory, need not know.
  Status DescribeRest(messages::CriuOptions& request) const {
    TARE_ASSIGN_OR_RETURN(
        const kernel::Fd root,
        kernel::Open(absl::StrCat("/proc/", record_.init_pid, "/root"), O_PATH | O_DIRECTORY));
    const std::vector<rootfs::MountStep> mounts =
        rootfs::PlanMounts(config_.mounts, record_.bundle, record_.rootfs);
    const bool cgroup_namespace = std::ranges::count(record_.namespaces, spec::NamespaceType::kCgroup) != 0;
    const rootfs::CgroupView cgroups = lifecycle::ViewOf(*container_.cgroup, cgroup_namespace);
    std::vector<ExternalMount> external = ExternalMounts(config_, mounts, cgroups);
    if (lifecycle::HasNotifyDirectory(container_.directory))
      external.push_back({.destination = lifecycle::kNotifyMountPoint, .source = ""});
    request.mounts = MountsToDump(external, config_, root.get());
    TARE_ASSIGN_OR_RETURN(const std::vector<std::string> streams, StreamsOf(record_.init_pid));
    std::ranges::copy_if(streams, std::back_inserter(request.external), IsFifo);
    return images_.SaveStreams(streams);
  }

  // Empty: CRIU stops the processes one by one, with ptrace(2).
  std::string FreezerPath() const {
    const cgroup::Paths& paths = container_.cgroup->paths();
    const auto found = paths.find(container_.cgroup->unified() ? "" : "freezer");
    return found == paths.end() ? "" : found->second;
  }

  const container::Container& container_;
  const container::Record& record_;
  const CheckpointOptions& options_;
  Images& images_;
  spec::Config config_;
};

// CRIU may have been killed while the container was frozen.
void LetRunOn(const container::Container& container) {
  if (container.status == spec::ContainerStatus::kPaused) return;
  if (Status thawed = container.cgroup->Thaw(); !thawed.ok()) log::Warning(thawed.message());
}

}  // namespace

Status CheckCanBeSaved(const container::Container& container) {
  const spec::ContainerStatus status = container.status;
  if (status == spec::ContainerStatus::kRunning || status == spec::ContainerStatus::kPaused)
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("Container cannot be checkpointed in ", spec::StatusName(status), " state"));
}

Status Dump(const container::Container& container, const CheckpointOptions& options) {
  TARE_ASSIGN_OR_RETURN(Images images, Images::Make(options.criu, "dump.log"));
  Status dumped = Dumping(container, options, images).Run();
  if (dumped.ok()) return dumped;
  dumped = images.Explain(dumped);
  images.Discard();
  LetRunOn(container);
  return dumped;
}

}  // namespace tare::checkpoint
