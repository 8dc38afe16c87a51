#include "lifecycle/create/creation.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/log.h"
#include "cgroup/mark.h"
#include "container/container.h"
#include "container/gate.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "lifecycle/create/init.h"
#include "lifecycle/process/caller.h"
#include "lifecycle/process/listener.h"
#include "lifecycle/process/notify_socket.h"
#include "lifecycle/runtime_hooks.h"
#include "namespaces/enter.h"
#include "namespaces/id_map.h"
#include "network/net_devices.h"
#include "process/attributes.h"
#include "spec/state.h"
#include "terminal/pty.h"

namespace tare::lifecycle {

namespace {

// runc's words, by which programs tell an error of the container from one of its runtime.
constexpr char kCannotStart[] = "unable to start container process";

// config-linux.md, "Cgroup ownership": a container that is root in its own user and cgroup namespace, and
// sees its cgroup writable, owns it.
bool DelegatesCgroup(const Blueprint& blueprint) {
  if (!blueprint.namespaces.new_user || !blueprint.namespaces.new_cgroup) return false;
  return std::any_of(
      blueprint.rootfs.mounts.begin(), blueprint.rootfs.mounts.end(), [](const rootfs::MountStep& step) {
        return step.kind == rootfs::MountKind::kCgroup && (step.options.flags & MS_RDONLY) == 0;
      });
}

// Init has died, perhaps before it mounted anything.
void DetachRootfs(const std::string& rootfs, uint64_t mount_before) {
  const StatusOr<uint64_t> now = kernel::MountIdAt(rootfs);
  if (!now.ok() || *now == mount_before) return;
  if (Status detached = kernel::DetachMountAt(rootfs); !detached.ok()) log::Warning(detached.message());
}

uid_t HostRoot(const std::vector<spec::IdMapping>& mappings) {
  for (const spec::IdMapping& mapping : mappings)
    if (mapping.container_id == 0) return mapping.host_id;
  return 0;
}

}  // namespace

StatusOr<std::unique_ptr<Creation>> Creation::Create(const Runtime& runtime, const CreateOptions& options,
                                                     Starter starter) {
  std::unique_ptr<Creation> creation(new Creation(runtime, options, starter));
  TARE_RETURN_IF_ERROR(creation->Build());
  return creation;
}

// The parent's story.
Status Creation::Build() {
  TARE_RETURN_IF_ERROR(container::CheckId(options_.id));
  TARE_ASSIGN_OR_RETURN(blueprint_, MakeBlueprint(runtime_, options_));
  if (!NeedsGate(starter_) && !blueprint_.has_process()) return NoProcessError();
  TARE_RETURN_IF_ERROR(CheckConsole(blueprint_.terminal(), Leaves(starter_), options_.console_socket));
  TARE_ASSIGN_OR_RETURN(directory_, container::Directory::Claim(runtime_.root, options_.id));
  if (!blueprint_.notify_socket.empty()) TARE_RETURN_IF_ERROR(MakeNotifySocket());
  TARE_RETURN_IF_ERROR(NoteCgroup());
  log::Debug("creating container ", options_.id, " from bundle ", blueprint_.bundle.path);
  if (blueprint_.cgroup->precedes_init()) TARE_RETURN_IF_ERROR(MakeCgroup());
  blueprint_.rootfs.cgroups = ViewOf(*blueprint_.cgroup, blueprint_.namespaces.new_cgroup);
  if (!blueprint_.resctrl.empty()) TARE_RETURN_IF_ERROR(MakeResctrlGroup(), kCannotStart);
  if (blueprint_.rootfs.mounts_on_machine) {
    TARE_ASSIGN_OR_RETURN(mount_before_, kernel::MountIdAt(blueprint_.bundle.rootfs));
  }
  TARE_RETURN_IF_ERROR(SpawnInit(), kCannotStart);
  log::Debug("init is process ", init_.pid);
  TARE_RETURN_IF_ERROR(Remember());
  if (!blueprint_.namespaces.second_clone()) TARE_RETURN_IF_ERROR(SettleCgroup(), kCannotStart);
  TARE_RETURN_IF_ERROR(Serve(), kCannotStart, ": error during container init");
  return Publish();
}

Creation::~Creation() {
  if (!kept_ && directory_) Undo();
}

// Last made, first undone. What fails here cannot be mended and must not hide the error that led here.
void Creation::Undo() {
  if (init_.pidfd) kernel::ChildGuard(std::move(init_));
  if (cgroup_made_) (void)blueprint_.cgroup->SignalAll(SIGKILL);
  if (cgroup_begun_) {
    if (Status removed = blueprint_.cgroup->Remove(); !removed.ok()) log::Warning(removed.message());
  }
  if (cgroup_made_) cgroup::Unmark(blueprint_.cgroup->paths());  // those that were there before, and stay
  if (Status undone = resctrl::Undo(resctrl_); !undone.ok()) log::Warning(undone.message());
  if (mount_before_ != 0) DetachRootfs(blueprint_.bundle.rootfs, mount_before_);
  if (Status removed = directory_->Remove(); !removed.ok()) log::Warning(removed.message());
  if (hooks_begun_) RunPoststop(blueprint_.config().hooks.poststop, State(spec::ContainerStatus::kStopped));
}

// A `start` brings its own: it is the one who hears.
Status Creation::MakeNotifySocket() {
  TARE_RETURN_IF_ERROR(MakeNotifyDirectory(*directory_));
  if (starter_ == Starter::kStartCommand) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(notify_socket_, BindNotifySocket(*directory_));
  return absl::OkStatus();
}

// The cgroup2 that init is born in: it is made before there is a process to record.
cgroup::Paths Creation::Birthplace() const {
  const cgroup::Paths& paths = blueprint_.cgroup->paths();
  const auto unified = paths.find("");
  if (unified == paths.end() || blueprint_.systemd_cgroup) return {};
  return {*unified};
}

Status Creation::NoteCgroup() {
  const cgroup::Paths birthplace = Birthplace();
  return birthplace.empty() ? absl::OkStatus() : directory_->NoteCgroup(birthplace.begin()->second);
}

void Creation::Mark(const cgroup::Paths& paths) const {
  cgroup::Mark({.paths = paths, .systemd = blueprint_.systemd_cgroup},
               container::OwnerName(runtime_.root, options_.id));
}

Status Creation::MakeCgroup() {
  cgroup::Manager& cgroup = *blueprint_.cgroup;
  TARE_RETURN_IF_ERROR(cgroup.Create(init_.pid));
  cgroup_begun_ = cgroup_made_ = true;
  Mark(cgroup.paths());
  const spec::Linux& platform = blueprint_.config().platform;
  TARE_RETURN_IF_ERROR(cgroup.Apply(platform.resources.value_or(spec::Resources{}), /*update=*/false));
  if (!DelegatesCgroup(blueprint_)) return absl::OkStatus();
  Status given = cgroup.Delegate(HostRoot(platform.uid_mappings));
  // chown(2) to a subordinate id takes privilege: the container then reads its cgroup only.
  if (ErrnoOf(given) != EPERM || !runtime_.rootless) return given;
  log::Warning("the container's root does not own its cgroup: ", given.message());
  return absl::OkStatus();
}

Status Creation::MakeResctrlGroup() {
  TARE_ASSIGN_OR_RETURN(
      resctrl_, resctrl::Make(blueprint_.resctrl, options_.id, *blueprint_.config().platform.intel_rdt),
      "/linux/intelRdt");
  return absl::OkStatus();
}

// With v2 init was cloned into its cgroup. With v1 it walks in, and nine hierarchies are made while it
// mounts; into a scope systemd moves it meanwhile.
Status Creation::SettleCgroup() {
  if (!blueprint_.cgroup->precedes_init()) {
    const cgroup::Paths planned = blueprint_.cgroup->paths();
    TARE_RETURN_IF_ERROR(MakeCgroup());
    // What could not be made without privilege is not the container's.
    if (blueprint_.cgroup->paths() != planned) TARE_RETURN_IF_ERROR(Remember());
  }
  return OpenEntryFds();
}

Status Creation::OpenEntryFds() {
  std::vector<kernel::Fd> entry_fds;
  for (cgroup::Entry entry : {cgroup::Entry::kAllButMemory, cgroup::Entry::kMemory}) {
    TARE_ASSIGN_OR_RETURN(std::vector<kernel::Fd> some, blueprint_.cgroup->OpenEntryFds(entry));
    std::move(some.begin(), some.end(), std::back_inserter(entry_fds));
  }
  std::vector<int> numbers;
  for (const kernel::Fd& entry_fd : entry_fds) numbers.push_back(entry_fd.get());
  return channel_->Tell(Tag::kCgroups, "", numbers);
}

Status Creation::SpawnInit() {
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  Channel inits_end(std::move(ends.second));
  InitInput input{.blueprint = &blueprint_, .channel = &inits_end, .parents_end = &ends.first};
  if (NeedsGate(starter_)) {
    TARE_ASSIGN_OR_RETURN(input.gate, container::BuildGate(*directory_));
  }
  TARE_ASSIGN_OR_RETURN(kernel::Fd cgroup_directory, blueprint_.cgroup->OpenForClone());
  cgroup_begun_ = cgroup_begun_ || cgroup_directory;
  if (cgroup_directory && !cgroup_made_) Mark(Birthplace());
  if (blueprint_.has_process()) TARE_RETURN_IF_ERROR(process::PassOnOomScore(blueprint_.setup.process));
  // Init is in sight of others from its first instruction on if it joins a pid namespace (CVE-2016-9962). An
  // unprivileged parent has to write its maps first, and init sees to that itself.
  if (geteuid() == 0) TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());  // init uses this one, not what it may find at /proc
  TARE_ASSIGN_OR_RETURN(input.helper, helper_.Start(blueprint_));
  StatusOr<kernel::Child> init = namespaces::SpawnInit(blueprint_.namespaces, cgroup_directory.get(),
                                                       [&input] { return RunInit(input); });
  if (ErrnoOf(init.status()) == EACCES && cgroup_directory)
    return Annotate(
        init.status(),
        "entering the cgroup: a user can do this only from a cgroup that is delegated to them (run ",
        "tare with systemd-run --user, or use --systemd-cgroup)");
  TARE_ASSIGN_OR_RETURN(init_, std::move(init));
  input.gate = {};
  input.helper.Close();
  channel_.emplace(std::move(ends.first));
  if (!blueprint_.namespaces.new_user) return absl::OkStatus();
  const spec::Linux& platform = blueprint_.config().platform;
  TARE_RETURN_IF_ERROR(namespaces::WriteIdMaps(init_.pid, platform.uid_mappings, platform.gid_mappings));
  return channel_->Tell(Tag::kMapped);
}

// Written as soon as there is a pid, so that also a creator that is killed leaves a container that can be
// deleted.
Status Creation::Remember() {
  const spec::Config& config = blueprint_.config();
  spec::Record record{.id = options_.id,
                      .bundle = blueprint_.bundle.path,
                      .rootfs = blueprint_.bundle.rootfs,
                      .created = container::Timestamp(),
                      .owner = geteuid(),
                      .init_pid = init_.pid,
                      .cgroup_paths = blueprint_.cgroup->paths(),
                      .systemd_cgroup = blueprint_.systemd_cgroup,
                      .own_pid_namespace = blueprint_.namespaces.new_pid,
                      .rootfs_mount = rootfs_mount_,
                      .rdt_control = resctrl_.control,
                      .rdt_monitor = resctrl_.monitor,
                      .rdt_owned = resctrl_.owned,
                      .chrooted = blueprint_.rootfs.entering != rootfs::Entering::kPivot,
                      .has_seccomp = blueprint_.setup.has_seccomp,
                      .has_process = blueprint_.has_process(),
                      .has_poststart_hooks = !config.hooks.poststart.empty(),
                      .has_poststop_hooks = !config.hooks.poststop.empty(),
                      .annotations = config.annotations};
  for (const spec::Namespace& ns : config.platform.namespaces) {
    record.namespaces.push_back(ns.type);
    if (!ns.path.empty()) record.joined.push_back(ns);
  }
  StatusOr<uint64_t> start = kernel::ProcessStartTime(init_.pid);
  // NotFound: init has failed already, and says why on the channel.
  if (!absl::IsNotFound(start.status())) TARE_RETURN_IF_ERROR(start.status());
  record.init_start_time = start.value_or(0);
  TARE_RETURN_IF_ERROR(directory_->SaveCreating(record));
  TARE_RETURN_IF_ERROR(directory_->SaveConfig(blueprint_.bundle.json));
  if (!blueprint_.setup.has_seccomp) return absl::OkStatus();
  return directory_->SaveSeccomp(security::SerializeSeccomp(blueprint_.setup.seccomp));
}

// For delete: in the runtime's own mount namespace nothing goes with init.
Status Creation::RememberMount() {
  TARE_ASSIGN_OR_RETURN(rootfs_mount_, kernel::MountIdAt(blueprint_.bundle.rootfs));
  return Remember();
}

Status Creation::Serve() {
  for (;;) {
    TARE_ASSIGN_OR_RETURN(Packet packet, channel_->Hear());
    TARE_RETURN_IF_ERROR(Answer(std::move(packet)));
    if (ready_) return absl::OkStatus();
  }
}

Status Creation::Answer(Packet packet) {
  switch (packet.tag) {
    case Tag::kInitPid:
      return AdoptInit(packet.payload);
    case Tag::kRootfsReady:
      return OnRootfsReady();
    case Tag::kConsole:
      return packet.fds.size() == 1 ? OnConsole(std::move(packet.fds[0])) : absl::OkStatus();
    case Tag::kListener:
      return OnListener(packet);
    case Tag::kReady:
      ready_ = true;
      return absl::OkStatus();
    case Tag::kFailed:
      return ParseStatus(packet.payload);
    case Tag::kEnd:
      return WhyInitDied();
    case Tag::kAdopted:
    case Tag::kCgroups:
    case Tag::kMapped:
    case Tag::kGo:
    case Tag::kStart:
    case Tag::kHooksRan:
    case Tag::kSource:
    case Tag::kNode:
      break;
  }
  return absl::InternalError("unexpected message from init");
}

// The process that was cloned first made init, its sibling, and has left.
Status Creation::AdoptInit(const std::string& pid) {
  TARE_ASSIGN_OR_RETURN(kernel::Child init, AdoptSibling(pid));
  TARE_RETURN_IF_ERROR(kernel::Wait(init_).status());
  init_ = std::move(init);
  TARE_RETURN_IF_ERROR(Remember());
  return SettleCgroup();  // and only then, with Cgroups, init goes on
}

Status Creation::OnRootfsReady() {
  helper_.End();
  if (blueprint_.rootfs.mounts_on_machine) TARE_RETURN_IF_ERROR(RememberMount());
  const spec::Config& config = blueprint_.config();
  if (config.process) {
    TARE_RETURN_IF_ERROR(process::SetOomScore(init_.pid, *config.process));
    process::ForgetCallersCpus(init_.pid);
    TARE_RETURN_IF_ERROR(process::SetLimits(init_.pid, *config.process, ConfiguredCpus(config)));
  }
  if (!resctrl_.control.empty()) TARE_RETURN_IF_ERROR(resctrl::Enter(resctrl_, init_.pid), "/linux/intelRdt");
  hooks_begun_ = true;
  log::Debug("the rootfs is ready; running hooks");
  const spec::State state = State(spec::ContainerStatus::kCreating);
  TARE_RETURN_IF_ERROR(RunInBundle(config.hooks.prestart, "prestart", state));
  TARE_RETURN_IF_ERROR(RunInBundle(config.hooks.create_runtime, "createRuntime", state));
  if (!config.platform.net_devices.empty()) {
    TARE_ASSIGN_OR_RETURN(kernel::Fd netns,
                          kernel::Open(absl::StrCat("/proc/", init_.pid, "/ns/net"), O_RDONLY));
    TARE_RETURN_IF_ERROR(network::MoveDevices(config.platform.net_devices, netns.get()), "/linux/netDevices");
  }
  return channel_->Tell(Tag::kGo);
}

Status Creation::OnConsole(kernel::Fd master) {
  if (!options_.console_socket.empty()) return terminal::SendMaster(options_.console_socket, master.get());
  if (starter_ == Starter::kForegroundRun) TARE_RETURN_IF_ERROR(terminal::PrepareForRelay(master.get()));
  master_ = std::move(master);
  return absl::OkStatus();
}

Status Creation::OnListener(const Packet& packet) {
  TARE_RETURN_IF_ERROR(PassListener(*blueprint_.config().platform.seccomp,
                                    State(spec::ContainerStatus::kCreating), init_.pid, packet));
  return channel_->Tell(Tag::kGo);
}

Status Creation::Publish() {
  log::Debug("init is ready to start");
  TARE_RETURN_IF_ERROR(directory_->Promote());
  return AnnouncePid(init_, options_.pid_file, options_.pidfd_socket);
}

// Init says why it leaves; if it did not, something killed it.
Status Creation::WhyInitDied() {
  Status why = WhyItDied(init_, "init");
  init_.pidfd.Close();
  const bool oom = cgroup_made_ && blueprint_.cgroup->OomKilled();
  return oom ? absl::AbortedError(
                   absl::StrCat(why.message(), ": out of memory (linux.resources.memory.limit is too low)"))
             : why;
}

Status Creation::Start() {
  TARE_RETURN_IF_ERROR(channel_->Tell(Tag::kStart));
  TARE_ASSIGN_OR_RETURN(Packet packet, channel_->Hear());
  if (!blueprint_.config().hooks.start_container.empty()) {
    if (packet.tag == Tag::kEnd) return WhyInitDied();
    if (packet.tag == Tag::kHooksRan) {
      TARE_ASSIGN_OR_RETURN(packet, channel_->Hear());
    }
  }
  if (packet.tag == Tag::kFailed) return ParseStatus(packet.payload);
  if (blueprint_.setup.has_seccomp && kernel::EndedBeforeExec(init_.pid)) return WhyInitDied();
  channel_->Close();
  return RunInBundle(blueprint_.config().hooks.poststart, "poststart",
                     State(spec::ContainerStatus::kRunning));
}

spec::State Creation::State(spec::ContainerStatus status) const {
  return {.id = options_.id,
          .status = status,
          .pid = status == spec::ContainerStatus::kStopped ? 0 : init_.pid,
          .bundle = blueprint_.bundle.path,
          .annotations = blueprint_.config().annotations};
}

}  // namespace tare::lifecycle
