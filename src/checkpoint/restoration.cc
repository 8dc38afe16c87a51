#include "checkpoint/restoration.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_split.h"
#include "base/log.h"
#include "checkpoint/external.h"
#include "checkpoint/mount_points.h"
#include "checkpoint/request.h"
#include "checkpoint/streams.h"
#include "container/cgroup.h"
#include "kernel/file.h"
#include "kernel/in_copy.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "lifecycle/create/blueprint_record.h"
#include "lifecycle/notify_socket.h"
#include "lifecycle/runtime_hooks.h"
#include "network/net_devices.h"
#include "security/seccomp.h"
#include "setup/console.h"
#include "setup/parent.h"
#include "terminal/pty.h"

namespace tare::checkpoint {
namespace {

using lifecycle::RunInBundle;
using lifecycle::Runtime;

// Where the rootfs is mounted for CRIU, in the container's directory.
constexpr char kCriuRoot[] = "criu-root";

constexpr int kFirstMajorWithLsm = 3, kFirstMinorWithLsm = 16;

Status BringLoopbackUpIn(int netns) {
  return kernel::InCopy(0, "the process in the network namespace", [&] {
    return setns(netns, CLONE_NEWNET) == 0 ? network::BringLoopbackUp() : ErrnoError(errno, "setns(net)");
  });
}

// CRIU makes a time namespace even if the container had none, so that its monotonic clock goes on.
bool EnteredTimeNamespace(pid_t init, const std::vector<spec::NamespaceType>& known) {
  if (std::ranges::count(known, spec::NamespaceType::kTime) != 0) return false;
  const StatusOr<std::string> own = kernel::ReadLinkAt(AT_FDCWD, "/proc/self/ns/time");
  const StatusOr<std::string> inits = kernel::ReadLinkAt(AT_FDCWD, absl::StrCat("/proc/", init, "/ns/time"));
  return own.ok() && inits.ok() && *own != *inits;
}

}  // namespace

StatusOr<std::unique_ptr<Restoration>> Restoration::Restore(const Runtime& runtime,
                                                            const RestoreOptions& options, bool relayed) {
  std::unique_ptr<Restoration> restoration(new Restoration(runtime, options, relayed));
  TARE_RETURN_IF_ERROR(restoration->Build());
  return restoration;
}

// The story of restore.
Status Restoration::Build() {
  TARE_RETURN_IF_ERROR(container::CheckId(options_.create.id));
  TARE_RETURN_IF_ERROR(Plan());
  TARE_ASSIGN_OR_RETURN(directory_, container::Directory::Claim(runtime_.root, options_.create.id));
  TARE_RETURN_IF_ERROR(lifecycle::MakeNotifyDirectory(*directory_));
  TARE_RETURN_IF_ERROR(BeginCgroup());
  TARE_RETURN_IF_ERROR(MakeResctrlGroup());
  TARE_RETURN_IF_ERROR(MakeMountPoints(blueprint_));
  TARE_RETURN_IF_ERROR(MakeRoot());
  {
    TARE_ASSIGN_OR_RETURN(criu::Service criu, StartCriu());
    TARE_RETURN_IF_ERROR(CheckVersion(criu));
    TARE_ASSIGN_OR_RETURN(messages::CriuRequest request, Request(criu.pid()));
    const auto on_moment = [this](criu::Notification notification) {
      return OnMoment(std::move(notification));
    };
    const Status restored = criu.Ask(std::move(request), on_moment).status();
    if (!restored.ok()) return images_->Explain(restored);
    criu.Finish();
  }
  (void)unlinkat(directory_->fd(), kCriuRoot, AT_REMOVEDIR);
  if (!init_.pidfd) return absl::InternalError("CRIU did not name the process that it restored");
  TARE_RETURN_IF_ERROR(directory_->Promote());
  return setup::ReportPid(init_, options_.create.pid_file, options_.create.pidfd_socket);
}

// Nothing is made yet.
Status Restoration::Plan() {
  TARE_ASSIGN_OR_RETURN(images_, Images::Open(options_.criu, "restore.log"));
  TARE_ASSIGN_OR_RETURN(streams_, images_->LoadStreams());
  TARE_ASSIGN_OR_RETURN(lifecycle::Bundle bundle, lifecycle::LoadBundle(runtime_, options_.create));
  TARE_ASSIGN_OR_RETURN(lifecycle::Host host,
                        lifecycle::LookAtHost(runtime_, options_.create, bundle.config));
  host.notify_socket.clear();  // what had to be reported was reported before the dump
  TARE_ASSIGN_OR_RETURN(
      blueprint_, lifecycle::MakeBlueprint(runtime_, options_.create, std::move(bundle), std::move(host)));
  if (!blueprint_.namespaces.new_mount)
    return absl::FailedPreconditionError(
        "CRIU cannot restore a container without a mount namespace of its own");
  return setup::CheckConsole(blueprint_.terminal(), options_.detach, options_.create.console_socket);
}

Restoration::~Restoration() {
  if (!kept_ && directory_) Undo();
}

void Restoration::Undo() {
  if (init_.pidfd) kernel::ChildGuard killed(std::move(init_));
  if (cgroup_) cgroup_->Undo();
  if (Status undone = resctrl::Undo(resctrl_); !undone.ok()) log::Warning(undone.message());
  if (Status removed = directory_->Remove(); !removed.ok()) log::Warning(removed.message());
  if (hooks_begun_)
    lifecycle::RunPoststop(blueprint_.config().hooks.poststop, State(spec::ContainerStatus::kStopped, 0),
                           blueprint_.config().hook_files);
}

// All but a scope, which systemd makes around a process: CRIU will be in it.
Status Restoration::BeginCgroup() {
  cgroup_.emplace(blueprint_, *directory_, runtime_);
  TARE_RETURN_IF_ERROR(cgroup_->Note());
  if (!blueprint_.systemd_cgroup) TARE_RETURN_IF_ERROR(cgroup_->Make(0));
  blueprint_.rootfs.cgroups = lifecycle::ViewOf(*blueprint_.cgroup, blueprint_.namespaces.new_cgroup);
  return absl::OkStatus();
}

Status Restoration::MakeResctrlGroup() {
  if (blueprint_.resctrl.empty()) return absl::OkStatus();
  const spec::IntelRdt& rdt = *blueprint_.config().platform.intel_rdt;
  TARE_ASSIGN_OR_RETURN(resctrl_,
                        resctrl::Make(blueprint_.resctrl, options_.create.id,
                                      container::OwnerName(runtime_.root, options_.create.id), rdt),
                        "/linux/intelRdt");
  return absl::OkStatus();
}

Status Restoration::MakeRoot() {
  if (mkdirat(directory_->fd(), kCriuRoot, 0700) == 0) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat("mkdir(", RootPath(), ")"));
}

std::string Restoration::RootPath() const {
  return absl::StrCat(directory_->path(), "/", kCriuRoot);
}

// CRIU itself is in the container's cgroups, so that all that it restores is, too. It has a mount namespace
// of its own: what it mounts for its work cannot be left behind on the host.
StatusOr<criu::Service> Restoration::StartCriu() {
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
  messages::CriuOptions ignored;
  TARE_ASSIGN_OR_RETURN(given_, NamespacesToRestore(blueprint_.namespaces, ignored));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd cgroup, cgroup_->OpenForClone());
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  const auto prepare = [&] { return EnterPlace(ends.second.get()); };
  const auto spawned = [&](pid_t criu) {
    ends.second.Close();  // the child may die before it sends anything
    return SettlePlace(criu, ends.first.get());
  };
  return criu::Service::Start({.clone_flags = CLONE_NEWNS,
                               .cgroup = cgroup.get(),
                               .fds = given_,
                               .prepare = prepare,
                               .spawned = spawned});
}

// In the child that will execute CRIU. Its root must be a mount, and nothing may be mounted over its parent,
// which would be so if the rootfs, itself a mount, were bound to its own place.
Status Restoration::EnterPlace(int parent) {
  TARE_RETURN_IF_ERROR(kernel::SetRootPropagation(MS_SLAVE, kernel::Recursion::kAllBelow));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd root,
                        kernel::CloneMount(AT_FDCWD, blueprint_.bundle.rootfs, kernel::Recursion::kAllBelow,
                                           kernel::Peering::kSlave));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd target, kernel::Open(RootPath(), O_PATH | O_DIRECTORY));
  TARE_RETURN_IF_ERROR(kernel::AttachMount(root.get(), target.get()), RootPath());
  TARE_RETURN_IF_ERROR(images_->Reopen());
  TARE_RETURN_IF_ERROR(kernel::Send(parent, "directories", {images_->directory(), images_->work()}));
  TARE_ASSIGN_OR_RETURN(const kernel::Message entries, kernel::Receive(parent));
  return Annotate(cgroup::EnterThrough(entries.fds), "entering the cgroup");
}

// In the parent. CRIU opens the directories of images through us, and mounts in the one where it works: so
// they must be those of its mount namespace.
Status Restoration::SettlePlace(pid_t criu, int child) {
  TARE_ASSIGN_OR_RETURN(kernel::Message directories, kernel::Receive(child));
  if (directories.fds.size() != 2) return absl::OkStatus();  // it has failed, and reports why
  images_->Use(std::move(directories.fds[0]), std::move(directories.fds[1]));
  if (blueprint_.systemd_cgroup) TARE_RETURN_IF_ERROR(cgroup_->Make(criu));
  if (!resctrl_.control.empty()) TARE_RETURN_IF_ERROR(resctrl::Enter(resctrl_, criu), "/linux/intelRdt");
  TARE_ASSIGN_OR_RETURN(const std::vector<kernel::Fd> entry_fds, blueprint_.cgroup->OpenEntryFds());
  std::vector<int> numbers;
  for (const kernel::Fd& entry_fd : entry_fds) numbers.push_back(entry_fd.get());
  return kernel::Send(child, "enter", numbers);
}

Status Restoration::CheckVersion(criu::Service& criu) const {
  if (options_.lsm_profile.empty() && options_.lsm_mount_context.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const messages::CriuVersion version, criu.Version());
  if (std::pair(version.major, version.minor) >= std::pair(kFirstMajorWithLsm, kFirstMinorWithLsm))
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(options_.lsm_profile.empty() ? "--lsm-mount-context" : "--lsm-profile",
                   " requires at least CRIU 3.16"));
}

StatusOr<messages::CriuRequest> Restoration::Request(pid_t criu) {
  const spec::Config& config = blueprint_.config();
  messages::CriuOptions request = CommonOptions(options_.criu, *images_, config.annotations);
  request.evasive_devices = true;
  request.rst_sibling = true;
  request.root = RootPath();
  request.lsm_profile = options_.lsm_profile;
  request.lsm_mount_context = options_.lsm_mount_context;
  TARE_RETURN_IF_ERROR(NamespacesToRestore(blueprint_.namespaces, request).status());
  TARE_ASSIGN_OR_RETURN(const kernel::Fd root, kernel::Open(blueprint_.bundle.rootfs, O_PATH | O_DIRECTORY));
  std::vector<ExternalMount> external =
      ExternalMounts(config, blueprint_.rootfs.mounts, blueprint_.rootfs.cgroups);
  external.push_back(
      {.destination = lifecycle::kNotifyMountPoint, .source = lifecycle::NotifyDirectoryOf(*directory_)});
  request.mounts = MountsToRestore(external, config, root.get());
  AddStreams(request);
  TARE_RETURN_IF_ERROR(AddCgroupRoots(criu, request));
  return messages::CriuRequest{.type = messages::CriuType::kRestore, .options = std::move(request)};
}

// Pipes that were the standard streams are replaced by ours.
void Restoration::AddStreams(messages::CriuOptions& request) const {
  for (size_t fd = 0; fd < streams_.size() && fd <= STDERR_FILENO; ++fd)
    if (IsPipe(streams_[fd]))
      request.inherit_fds.push_back({.key = streams_[fd], .fd = static_cast<int32_t>(fd)});
}

// The cgroups in which CRIU is stand for those of the dump.
Status Restoration::AddCgroupRoots(pid_t criu, messages::CriuOptions& request) const {
  TARE_ASSIGN_OR_RETURN(const std::string cgroups, kernel::ReadFile(absl::StrCat("/proc/", criu, "/cgroup")));
  for (absl::string_view line : absl::StrSplit(cgroups, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() == 3) request.cgroup_roots.push_back({.controllers = fields[1], .path = fields[2]});
  }
  return absl::OkStatus();
}

Status Restoration::OnMoment(criu::Notification notification) {
  if (notification.moment == "setup-namespaces") return OnNamespaces(notification.pid);
  if (notification.moment == "post-restore") return OnRestored(notification.pid);
  if (notification.moment == "orphan-pts-master") return OnTerminal(std::move(notification.terminal));
  return absl::OkStatus();
}

// Init has its namespaces, and nothing else yet. Network devices are not restored, but set up anew.
Status Restoration::OnNamespaces(pid_t init) {
  hooks_begun_ = true;
  const spec::Hooks& hooks = blueprint_.config().hooks;
  const spec::HookFiles& files = blueprint_.config().hook_files;
  const spec::State state = State(spec::ContainerStatus::kCreating, init);
  TARE_RETURN_IF_ERROR(RunInBundle(hooks.prestart, "prestart", state, files));
  TARE_RETURN_IF_ERROR(RunInBundle(hooks.create_runtime, "createRuntime", state, files));
  if (!blueprint_.namespaces.new_network) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const kernel::Fd netns,
                        kernel::Open(absl::StrCat("/proc/", init, "/ns/net"), O_RDONLY));
  TARE_RETURN_IF_ERROR(BringLoopbackUpIn(netns.get()));
  const auto& devices = blueprint_.config().platform.net_devices;
  if (devices.empty()) return absl::OkStatus();
  return Annotate(network::MoveDevices(devices, netns.get()), "/linux/netDevices");
}

// All processes are restored, and none runs yet.
Status Restoration::OnRestored(pid_t init) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd pidfd, kernel::PidfdOpen(init));
  init_ = {init, std::move(pidfd)};
  record_ = lifecycle::RecordOf(blueprint_, init);
  record_.rdt_control = resctrl_.control;
  record_.rdt_monitor = resctrl_.monitor;
  record_.rdt_owned = resctrl_.owned;
  if (EnteredTimeNamespace(init, record_.namespaces))
    record_.namespaces.push_back(spec::NamespaceType::kTime);
  record_.has_seccomp = blueprint_.has_process() && blueprint_.config().platform.seccomp.has_value();
  TARE_ASSIGN_OR_RETURN(record_.init_start_time, kernel::ProcessStartTime(init));
  TARE_RETURN_IF_ERROR(directory_->SaveCreating(record_));
  return SaveCopies();
}

// What exec, delete and the poststop hooks need.
Status Restoration::SaveCopies() const {
  TARE_RETURN_IF_ERROR(directory_->SaveConfig(blueprint_.bundle.json));
  if (!record_.has_seccomp) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const security::SeccompProgram filter,
                        security::FetchSeccomp(*blueprint_.config().platform.seccomp,
                                               absl::StrCat(runtime_.root, "/.seccomp")));
  return directory_->SaveSeccomp(security::SerializeSeccomp(filter));
}

Status Restoration::OnTerminal(kernel::Fd master) {
  if (!master) return absl::InternalError("CRIU sent no terminal");
  const std::string& socket = options_.create.console_socket;
  if (!socket.empty()) return terminal::SendMaster(socket, master.get());
  if (relayed_) TARE_RETURN_IF_ERROR(terminal::PrepareForRelay(master.get()));
  master_ = std::move(master);
  return absl::OkStatus();
}

container::Container Restoration::TakeEnded() {
  std::unique_ptr<cgroup::Manager> cgroup =
      container::ExistingCgroup(record_.cgroup_paths, record_.systemd_cgroup);
  return {.directory = *std::move(directory_),
          .record = std::move(record_),
          .cgroup = std::move(cgroup),
          .init = {}};
}

spec::State Restoration::State(spec::ContainerStatus status, pid_t pid) const {
  return {.id = options_.create.id,
          .status = status,
          .pid = pid,
          .bundle = blueprint_.bundle.path,
          .annotations = blueprint_.config().annotations};
}

}  // namespace tare::checkpoint
