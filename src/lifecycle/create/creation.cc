#include "lifecycle/create/creation.h"

#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/step.h"
#include "connect/connect.h"
#include "connect/peers.h"
#include "container/cgroup.h"
#include "container/gate.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "lifecycle/create/blueprint_record.h"
#include "lifecycle/notify_socket.h"
#include "lifecycle/runtime_hooks.h"
#include "namespaces/enter.h"
#include "namespaces/id_map.h"
#include "network/net_devices.h"
#include "process/attributes.h"
#include "security/own_executable.h"
#include "setup/console.h"

namespace tare::lifecycle {
namespace {

// runc's words, by which programs recognise an error of the container and not of its runtime.
constexpr char kCannotStart[] = "unable to start container process";

// Init has died, perhaps before it mounted anything.
void DetachRootfs(const std::string& rootfs, uint64_t mount_before) {
  const StatusOr<uint64_t> now = kernel::MountIdAt(rootfs);
  if (!now.ok() || *now == mount_before) return;
  if (Status detached = kernel::DetachMountAt(rootfs); !detached.ok()) log::Warning(detached.message());
}

StatusOr<std::optional<security::SeccompProgram>> Filter(const Runtime& runtime, const spec::Config& config) {
  if (!config.process || !config.platform.seccomp) return std::nullopt;
  return security::FetchSeccomp(*config.platform.seccomp, absl::StrCat(runtime.root, "/.seccomp"));
}

// Hooks that init runs.
bool HasHooksInside(const spec::Hooks& hooks) {
  return !hooks.create_container.empty() || !hooks.start_container.empty();
}

Status ExplainDenial(const Status& status) {
  return Annotate(
      status, "entering the cgroup: a user can do this only from a cgroup that is delegated to them (run ",
      "tare with systemd-run --user, or use --systemd-cgroup)");
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
  TARE_RETURN_IF_ERROR(Plan());
  TARE_ASSIGN_OR_RETURN(directory_, container::Directory::Claim(runtime_.root, options_.id));
  log::Debug("creating container ", options_.id, " from bundle ", blueprint_.bundle.path);
  if (!blueprint_.notify_socket.empty()) TARE_RETURN_IF_ERROR(MakeNotifySocket());
  if (blueprint_.bundle.network_files.any()) TARE_RETURN_IF_ERROR(MakeNetworkFiles());
  TARE_RETURN_IF_ERROR(BeginCgroup());
  if (!blueprint_.resctrl.empty()) TARE_RETURN_IF_ERROR(MakeResctrlGroup(), kCannotStart);
  if (blueprint_.rootfs.mounts_on_machine) {
    TARE_ASSIGN_OR_RETURN(mount_before_, kernel::MountIdAt(blueprint_.bundle.rootfs));
  }
  TARE_RETURN_IF_ERROR(SpawnInit(), kCannotStart);
  log::Debug("init is process ", init().pid);
  TARE_RETURN_IF_ERROR(SaveRecord());
  if (!blueprint_.namespaces.second_clone()) TARE_RETURN_IF_ERROR(SettleCgroup(), kCannotStart);
  TARE_RETURN_IF_ERROR(parent_.Serve(*this, blueprint_.config().platform.seccomp), kCannotStart,
                       ": error during container init");
  log::Debug("init is ready to start");
  TARE_RETURN_IF_ERROR(directory_->Promote());
  return setup::ReportPid(parent_.child(), options_.pid_file, options_.pidfd_socket);
}

// Nothing is made yet, but the caller's descriptors become inheritable, and the filter is cached.
Status Creation::Plan() {
  TARE_ASSIGN_OR_RETURN(Bundle bundle, LoadBundle(runtime_, options_));
  TARE_ASSIGN_OR_RETURN(Host host, LookAtHost(runtime_, options_, bundle.config));
  TARE_ASSIGN_OR_RETURN(blueprint_, MakeBlueprint(runtime_, options_, std::move(bundle), std::move(host)));
  const spec::Config& config = blueprint_.config();
  TARE_ASSIGN_OR_RETURN(std::optional<security::SeccompProgram> filter, Filter(runtime_, config));
  TARE_RETURN_IF_ERROR(OpenDoor(filter && filter->notifies));
  if (config.process) {
    TARE_ASSIGN_OR_RETURN(setup_, setup::MakeProcessSetup(*config.process, config.platform, std::move(filter),
                                                          options_.preserve_fds));
  }
  if (!NeedsGate(starter_) && !config.process) return NoProcessError();
  return setup::CheckConsole(blueprint_.terminal(), Detaches(starter_), options_.console_socket);
}

// startContainer hooks are run, and the listener of a filter is passed on, by our own code in init.
Status Creation::OpenDoor(bool notifies) {
  const spec::Config& config = blueprint_.config();
  const namespaces::Plan& plan = blueprint_.namespaces;
  const bool suffices =
      plan.new_pid && !plan.has_user() && config.process && config.hooks.start_container.empty() && !notifies;
  TARE_ASSIGN_OR_RETURN(
      door_, security::OpenDoor(suffices ? security::DoorSuffices::kYes : security::DoorSuffices::kNo));
  return absl::OkStatus();
}

Creation::~Creation() {
  if (kept_)
    (void)parent_.Release();
  else if (directory_)
    Undo();
}

// What was made last is undone first. A failure here must not hide the error that led to it.
void Creation::Undo() {
  TARE_STEP("undo what was made of the container");
  parent_.KillChild();
  if (!connection_.networks.empty()) connect::Disconnect(runtime_.root, record_);
  if (cgroup_) cgroup_->Undo();
  if (Status undone = resctrl::Undo(resctrl_); !undone.ok()) log::Warning(undone.message());
  if (mount_before_ != 0) DetachRootfs(blueprint_.bundle.rootfs, mount_before_);
  if (Status removed = directory_->Remove(); !removed.ok()) log::Warning(removed.message());
  if (hooks_begun_)
    RunPoststop(blueprint_.config().hooks.poststop, State(spec::ContainerStatus::kStopped),
                blueprint_.config().hook_files);
}

// A later `start` binds a socket of its own, because it is the process that listens.
Status Creation::MakeNotifySocket() {
  TARE_RETURN_IF_ERROR(MakeNotifyDirectory(*directory_));
  if (starter_ == Starter::kStartCommand) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(notify_socket_, BindNotifySocket(*directory_));
  return absl::OkStatus();
}

Status Creation::MakeNetworkFiles() {
  return connect::MakeFiles(*directory_, blueprint_.bundle.network_files, blueprint_.config().platform);
}

// With v2 the cgroup comes before init, which is cloned into it.
Status Creation::BeginCgroup() {
  cgroup_.emplace(blueprint_, *directory_, runtime_);
  TARE_RETURN_IF_ERROR(cgroup_->Note());
  if (blueprint_.cgroup->precedes_init()) TARE_RETURN_IF_ERROR(cgroup_->Make(init().pid));
  blueprint_.rootfs.cgroups = ViewOf(*blueprint_.cgroup, blueprint_.namespaces.new_cgroup);
  return absl::OkStatus();
}

// With v1 the cgroups are made while init mounts, and init enters by itself. With systemd, init
// is moved meanwhile.
Status Creation::SettleCgroup() {
  if (!blueprint_.cgroup->precedes_init()) {
    const cgroup::Paths planned = blueprint_.cgroup->paths();
    TARE_RETURN_IF_ERROR(cgroup_->Make(init().pid));
    // What could not be made without privileges is not the container's.
    if (blueprint_.cgroup->paths() != planned) TARE_RETURN_IF_ERROR(SaveRecord());
  }
  TARE_ASSIGN_OR_RETURN(const std::vector<kernel::Fd> entry_fds, blueprint_.cgroup->OpenEntryFds());
  std::vector<int> numbers;
  for (const kernel::Fd& entry_fd : entry_fds) numbers.push_back(entry_fd.get());
  TARE_RETURN_IF_ERROR(parent_.Send(setup::Tag::kCgroups, numbers));
  return SaveCopies();
}

Status Creation::MakeResctrlGroup() {
  TARE_STEP("resctrl: make the group");
  TARE_ASSIGN_OR_RETURN(
      resctrl_,
      resctrl::Make(blueprint_.resctrl, options_.id, container::OwnerName(runtime_.root, options_.id),
                    *blueprint_.config().platform.intel_rdt),
      "/linux/intelRdt");
  return absl::OkStatus();
}

Status Creation::SpawnInit() {
  TARE_ASSIGN_OR_RETURN(auto ends, setup::ChannelPair());
  InitInput input{.blueprint = &blueprint_,
                  .setup = &setup_,
                  .channel = &ends.second,
                  .parents_end = &ends.first,
                  .door = door_ ? &*door_ : nullptr};
  if (NeedsGate(starter_)) {
    TARE_ASSIGN_OR_RETURN(input.gate, container::BuildGate(*directory_));
  }
  if (HasHooksInside(blueprint_.config().hooks)) {
    TARE_ASSIGN_OR_RETURN(input.hook_output,
                          OpenHookOutput(blueprint_.config().hook_files, blueprint_.bundle.path));
  }
  TARE_ASSIGN_OR_RETURN(const kernel::Fd cgroup, cgroup_->OpenForClone());
  if (blueprint_.has_process()) TARE_RETURN_IF_ERROR(process::PassOnOomScore(setup_.process));
  // In a pid namespace that it joins, others see init from its first instruction on (CVE-2016-9962). An
  // unprivileged parent has to write the id maps first; init becomes undumpable itself after that.
  if (geteuid() == 0) TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());  // init uses this one, not what it may find at /proc
  TARE_ASSIGN_OR_RETURN(input.helper, helper_.Start(blueprint_));
  StatusOr<kernel::Child> init =
      namespaces::SpawnInit(blueprint_.namespaces, cgroup.get(), [&input] { return RunInit(input); });
  if (ErrnoOf(init.status()) == EACCES && cgroup) return ExplainDenial(init.status());
  TARE_RETURN_IF_ERROR(init.status());
  parent_.Begin(*std::move(init), std::move(ends.first));
  if (!blueprint_.namespaces.new_user) return absl::OkStatus();
  const spec::Linux& platform = blueprint_.config().platform;
  TARE_RETURN_IF_ERROR(
      namespaces::WriteIdMaps(this->init().pid, platform.uid_mappings, platform.gid_mappings));
  if (blueprint_.networks.kind == connect::Kind::kUserMode) {
    // Now, because init becomes undumpable.
    TARE_ASSIGN_OR_RETURN(namespaces_, usernet::OpenNamespaces(this->init().pid));
  }
  return parent_.Send(setup::Tag::kMapped);
}

container::Record Creation::Record() const {
  container::Record record = RecordOf(blueprint_, init().pid);
  record.flags = options_.line.flags;
  record.program = options_.line.program;
  record.flags_directory = options_.line.directory;
  record.rootfs_mount = rootfs_mount_;
  record.rdt_control = resctrl_.control;
  record.rdt_monitor = resctrl_.monitor;
  record.rdt_owned = resctrl_.owned;
  record.has_seccomp = setup_.seccomp.has_value();
  record.networks = connection_.networks;
  record.ports = connection_.ports;
  if (blueprint_.networks.attached()) record.hostname = blueprint_.config().hostname;
  return record;
}

// Written as soon as there is a pid, so that a container whose creator is killed can be deleted.
Status Creation::SaveRecord() {
  record_ = Record();
  const StatusOr<uint64_t> start = kernel::ProcessStartTime(init().pid);
  // NotFound: init has failed already, and its reason is on the channel.
  if (!absl::IsNotFound(start.status())) TARE_RETURN_IF_ERROR(start.status());
  record_.init_start_time = start.value_or(0);
  return directory_->SaveCreating(record_);
}

// What exec, delete and the poststop hooks need. Only after init has its cgroups, for which it may be
// waiting.
Status Creation::SaveCopies() {
  TARE_RETURN_IF_ERROR(directory_->SaveConfig(blueprint_.bundle.json));
  if (!setup_.seccomp) return absl::OkStatus();
  return directory_->SaveSeccomp(security::SerializeSeccomp(*setup_.seccomp));
}

Status Creation::OnSecondClone() {
  TARE_RETURN_IF_ERROR(SaveRecord());
  return SettleCgroup();  // only then, with Cgroups, init goes on
}

// The rootfs is built, but not entered.
Status Creation::OnContained() {
  helper_.End();
  // In the runtime's own mount namespace nothing is unmounted when init ends: delete needs to know the mount.
  if (blueprint_.rootfs.mounts_on_machine) {
    TARE_ASSIGN_OR_RETURN(rootfs_mount_, kernel::MountIdAt(blueprint_.bundle.rootfs));
    TARE_RETURN_IF_ERROR(SaveRecord());
  }
  const spec::Config& config = blueprint_.config();
  if (config.process) TARE_RETURN_IF_ERROR(parent_.SetAttributes(*config.process, config, {}));
  if (!resctrl_.control.empty())
    TARE_RETURN_IF_ERROR(resctrl::Enter(resctrl_, init().pid), "/linux/intelRdt");
  if (blueprint_.networks.attached()) TARE_RETURN_IF_ERROR(ConnectNetworks());
  TARE_RETURN_IF_ERROR(RunHooks());
  TARE_RETURN_IF_ERROR(MoveNetDevices());
  return parent_.Send(setup::Tag::kGo);
}

// Before the hooks, which may look at the networks. The record is saved once more, because the containers
// that come after this one look for its addresses there.
Status Creation::ConnectNetworks() {
  TARE_ASSIGN_OR_RETURN(
      connection_,
      connect::Connect(blueprint_.networks, *directory_, runtime_.root,
                       {.pid = init().pid, .pidfd = init().pidfd.get(), .namespaces = &namespaces_},
                       blueprint_.bundle.network_files, blueprint_.config().hostname));
  blueprint_.bundle.config.annotations[connect::kAddresses] = connect::AddressesOf(connection_);
  TARE_RETURN_IF_ERROR(SaveRecord());
  connect::ExchangeNames(runtime_.root, record_);
  return absl::OkStatus();
}

Status Creation::RunHooks() {
  hooks_begun_ = true;
  log::Debug("the rootfs is ready; running hooks");
  const spec::Hooks& hooks = blueprint_.config().hooks;
  const spec::HookFiles& files = blueprint_.config().hook_files;
  const spec::State state = State(spec::ContainerStatus::kCreating);
  TARE_RETURN_IF_ERROR(RunInBundle(hooks.prestart, "prestart", state, files));
  return RunInBundle(hooks.create_runtime, "createRuntime", state, files);
}

Status Creation::MoveNetDevices() {
  const auto& devices = blueprint_.config().platform.net_devices;
  if (devices.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const kernel::Fd netns,
                        kernel::Open(absl::StrCat("/proc/", init().pid, "/ns/net"), O_RDONLY));
  return Annotate(network::MoveDevices(devices, netns.get()), "/linux/netDevices");
}

// Init sends the reason why it exits. If it did not, it was killed.
Status Creation::OnEnd() {
  Status why = parent_.WhyChildDied("init");
  if (!cgroup_->WasOomKilled()) return why;
  return absl::AbortedError(
      absl::StrCat(why.message(), ": out of memory (linux.resources.memory.limit is too low)"));
}

Status Creation::Start() {
  TARE_STEP("let init execute the program");
  setup::Channel& channel = parent_.channel();
  const Status sent = channel.Send(setup::Tag::kStart);  // if init has exited, its reason may be there
  TARE_ASSIGN_OR_RETURN(setup::Packet packet, channel.Receive());
  if (!blueprint_.config().hooks.start_container.empty()) {
    if (packet.tag == setup::Tag::kEnd) return OnEnd();
    if (packet.tag == setup::Tag::kHooksRan) {
      TARE_ASSIGN_OR_RETURN(packet, channel.Receive());
    }
  }
  if (packet.tag == setup::Tag::kFailed) return setup::ParseFailure(packet.payload);
  if (!sent.ok() || (setup_.seccomp && !parent_.HasExecuted())) return OnEnd();
  channel.Close();
  return RunInBundle(blueprint_.config().hooks.poststart, "poststart", State(spec::ContainerStatus::kRunning),
                     blueprint_.config().hook_files);
}

container::Container Creation::TakeEnded() {
  std::unique_ptr<cgroup::Manager> cgroup =
      container::ExistingCgroup(record_.cgroup_paths, record_.systemd_cgroup);
  return {.directory = *std::move(directory_),
          .record = std::move(record_),
          .cgroup = std::move(cgroup),
          .init = {}};
}

spec::State Creation::State(spec::ContainerStatus status) const {
  return {.id = options_.id,
          .status = status,
          .pid = status == spec::ContainerStatus::kStopped ? 0 : init().pid,
          .bundle = blueprint_.bundle.path,
          .annotations = blueprint_.config().annotations};
}

}  // namespace tare::lifecycle
