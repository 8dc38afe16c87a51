#include "lifecycle/create/init.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/log.h"
#include "base/step.h"
#include "container/gate.h"
#include "hooks/run.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/signals.h"
#include "lifecycle/create/helper.h"
#include "namespaces/enter.h"
#include "namespaces/id_map.h"
#include "network/net_devices.h"
#include "process/traits.h"
#include "security/keyring.h"
#include "setup/console.h"
#include "setup/null_streams.h"
#include "spec/state.h"

namespace tare::lifecycle {
namespace {

class Init {
 public:
  explicit Init(InitInput& input)
      : input_(input), blueprint_(*input.blueprint), setup_(*input.setup), channel_(*input.channel) {}

  // The whole life of init before the program, in the order of docs/architecture.md.
  Status Contain() {
    TARE_RETURN_IF_ERROR(TakeIdentity());
    TARE_RETURN_IF_ERROR(SettleInNamespaces());
    TARE_RETURN_IF_ERROR(BuildRootfs());
    TARE_RETURN_IF_ERROR(LetParentRunHooks());
    TARE_RETURN_IF_ERROR(RunHooks(config().hooks.create_container, "createContainer",
                                  spec::ContainerStatus::kCreating,
                                  {.directory = rootfs_.root.get(),
                                   .out = input_.hook_output.out.get(),
                                   .err = input_.hook_output.err.get()}));
    if (config().hooks.start_container.empty()) input_.hook_output = {};
    TARE_RETURN_IF_ERROR(EnterRootfs());
    if (!blueprint_.has_process()) return WaitWithoutProcess();
    TARE_ASSIGN_OR_RETURN(setup::Program program,
                          setup::SetUpProcess(setup_, Act(), "unable to start container process"));
    log::Debug("init: closing the pipe to signal completion");
    if (input_.door != nullptr) return setup::RunThroughDoor(setup_, program, *input_.door);
    return BecomeProgram(program);
  }

  // To the creator, or to the `start` that has opened the gate.
  void SendFailure(const Status& status) {
    if (!started_) return channel_.SendFailure(status);
    container::TellStarter(input_.gate.answers.get(), status);
  }

 private:
  const spec::Config& config() const { return blueprint_.config(); }

  Status TakeIdentity() {
    TARE_STEP("new session; root of the user namespace, if there is one");
    if (setsid() < 0) return ErrnoError(errno, "setsid");
    if (blueprint_.namespaces.new_user) TARE_RETURN_IF_ERROR(channel_.Expect(setup::Tag::kMapped).status());
    if (blueprint_.namespaces.has_user()) TARE_RETURN_IF_ERROR(BecomeRootInside());
    if (blueprint_.namespaces.ipc_inside) TARE_RETURN_IF_ERROR(namespaces::NewIpcNamespace());
    // Not before the maps are written: an unprivileged parent may not write those of an undumpable process.
    return kernel::BecomeUndumpable();
  }

  Status BecomeRootInside() {
    const namespaces::Groups groups = blueprint_.has_process() && config().process->user.keeps_groups
                                          ? namespaces::Groups::kKeep
                                          : namespaces::Groups::kDrop;
    if (blueprint_.namespaces.joins_user) return namespaces::BecomeRootInside({}, {}, groups);
    return namespaces::BecomeRootInside(config().platform.uid_mappings, config().platform.gid_mappings,
                                        groups);
  }

  Status SettleInNamespaces() {
    if (!blueprint_.namespaces.joins_user)
      TARE_RETURN_IF_ERROR(namespaces::JoinInChild(blueprint_.namespaces));
    if (blueprint_.namespaces.new_time)
      TARE_RETURN_IF_ERROR(
          namespaces::NewTimeNamespace(blueprint_.namespaces, config().platform.time_offsets),
          "/linux/timeOffsets");
    if (blueprint_.namespaces.new_network) TARE_RETURN_IF_ERROR(network::BringLoopbackUp());
    TARE_RETURN_IF_ERROR(process::SetNames(config()));
    if (!blueprint_.new_keyring) return absl::OkStatus();
    const std::string label = config().process ? config().process->selinux_label : "";
    return security::JoinSessionKeyring(blueprint_.id, label);
  }

  Status BuildRootfs() {
    const rootfs::Plan& plan = blueprint_.rootfs;
    Helped helped(blueprint_, std::move(input_.helper));
    const auto open_source = [&](const rootfs::MountStep& step) { return helped.OpenSource(step); };
    const auto open_node = [&](const spec::Device& device) { return helped.OpenNode(device); };
    TARE_ASSIGN_OR_RETURN(rootfs_, rootfs::AttachRootfs(plan));
    TARE_RETURN_IF_ERROR(rootfs::MountBeforeCgroups(plan, open_source, rootfs_));
    TARE_RETURN_IF_ERROR(EnterCgroups());
    TARE_RETURN_IF_ERROR(rootfs::MountOthers(plan, open_source, rootfs_));
    return rootfs::PopulateRootfs(plan, open_node, rootfs_);
  }

  // Late, so that what init needed before is not charged to the container, which can start within a
  // few hundred KiB. But before the cgroup namespace is made: its root is the cgroup that init is in
  // at that moment.
  Status EnterCgroups() {
    TARE_ASSIGN_OR_RETURN(const setup::Packet cgroups, channel_.Expect(setup::Tag::kCgroups));
    TARE_RETURN_IF_ERROR(cgroup::EnterThrough(cgroups.fds), "entering the cgroup");
    return blueprint_.namespaces.new_cgroup ? namespaces::NewCgroupNamespace() : absl::OkStatus();
  }

  Status LetParentRunHooks() {
    TARE_RETURN_IF_ERROR(channel_.Send(setup::Tag::kContained));
    return channel_.Expect(setup::Tag::kGo).status();
  }

  // The pid in the state is the one that the container sees, because these hooks run in its namespaces
  // (config.md, "POSIX-platform Hooks").
  Status RunHooks(const std::vector<spec::Hook>& row, const char* kind, spec::ContainerStatus status,
                  const hooks::Surroundings& surroundings) {
    if (row.empty()) return absl::OkStatus();
    return hooks::Run(row, kind,
                      spec::StateJson({.id = blueprint_.id,
                                       .status = status,
                                       .pid = getpid(),
                                       .bundle = blueprint_.bundle.path,
                                       .annotations = config().annotations}),
                      surroundings);
  }

  // The process that starts us is told when the hooks have run, because the connection also ends if we die.
  // The hooks run under the program's filter, and with no more capabilities than the program.
  Status RunStartHooks(const setup::Program& program) {
    const std::vector<spec::Hook>& row = config().hooks.start_container;
    if (row.empty()) return absl::OkStatus();
    kernel::ResetSignals();  // SIGCHLD: the hooks are waited for
    if (started_)
      TARE_RETURN_IF_ERROR(container::TellHooks(input_.gate.answers.get(), container::HooksPhase::kBegin));
    const std::function<Status()> confine = [&] { return setup::Confine(program); };
    TARE_RETURN_IF_ERROR(RunHooks(row, "startContainer", spec::ContainerStatus::kCreated,
                                  {.directory = hooks::kRootDirectory,
                                   .env = &program.env,  // with HOME, as the program has it
                                   .out = input_.hook_output.out.get(),
                                   .err = input_.hook_output.err.get(),
                                   .confine = program.act.act().filter.size != 0 ? &confine : nullptr}));
    if (started_) return container::TellHooks(input_.gate.answers.get(), container::HooksPhase::kRan);
    return channel_.Send(setup::Tag::kHooksRan);
  }

  Status EnterRootfs() {
    TARE_RETURN_IF_ERROR(rootfs::Enter(blueprint_.rootfs, rootfs_.root.get()));
    TARE_ASSIGN_OR_RETURN(rootfs_.root, kernel::Open("/", O_PATH | O_DIRECTORY));
    if (blueprint_.terminal()) TARE_RETURN_IF_ERROR(OpenTerminal(), "/process/terminal");
    TARE_RETURN_IF_ERROR(process::SetSysctls(config().platform.sysctl));
    TARE_RETURN_IF_ERROR(rootfs::Finish(blueprint_.rootfs, rootfs_));
    return blueprint_.rootfs.make_devices ? setup::ReopenNullStreams(rootfs_.root.get()) : absl::OkStatus();
  }

  Status OpenTerminal() {
    const setup::ConsoleMount mount =
        blueprint_.rootfs.makes_mounts() ? setup::ConsoleMount::kYes : setup::ConsoleMount::kNo;
    return setup::TakeTerminal(setup_.process, rootfs_.root.get(), mount, channel_, setup::Controlling::kNow);
  }

  // What init does last, besides what the process in config.json says.
  door::Act Act() const {
    return {.channel = channel_.fd(),
            .sends_ready = true,
            .go = input_.gate.go.get(),
            .answers = input_.gate.answers.get(),
            .lets_starter_finish = true};
  }

  // A container without a process can be created, but not started.
  Status WaitWithoutProcess() {
    log::Debug("init: closing the pipe to signal completion");
    CloseAllButTheGate();
    const setup::ActBlock act(Act());
    TARE_RETURN_IF_ERROR(setup::AwaitStart(act, started_));
    return NoProcessError();
  }

  // What the stub does if there is a door.
  Status BecomeProgram(setup::Program& program) {
    TARE_RETURN_IF_ERROR(setup::TakeIdentity(program));
    CloseAllButTheGate();
    TARE_RETURN_IF_ERROR(setup::ConfineNotifying(setup_, program, channel_));
    TARE_RETURN_IF_ERROR(setup::AwaitStart(program.act, started_));
    program.listener.Close();
    TARE_RETURN_IF_ERROR(RunStartHooks(program));
    return setup::RunProgram(setup_, program);
  }

  // Init may now wait for days until it is started. It keeps nothing of the caller's, whose log could
  // otherwise not be rotated and whose pipe would not end, and of our own only what it needs to be started.
  void CloseAllButTheGate() {
    rootfs_ = {};
    log::Close();
    kernel::Procfs::Forget();
    std::vector<int> keep = {channel_.fd()};
    for (const kernel::Fd* output : {&input_.hook_output.out, &input_.hook_output.err})
      if (*output) keep.push_back(output->get());
    if (input_.gate.go) keep.insert(keep.end(), {input_.gate.go.get(), input_.gate.answers.get()});
    kernel::CloseAllBut(setup_.fds.first_closed, std::move(keep));
  }

  InitInput& input_;
  const Blueprint& blueprint_;
  const setup::ProcessSetup& setup_;
  setup::Channel& channel_;
  rootfs::Built rootfs_;
  bool started_ = false;  // at the gate
};

// The words of runc's log, which scripts look for.
int BeInit(InitInput& input) {
  log::NameProcess("init");
  log::Debug("nsexec container setup: init has been cloned into its namespaces");
  log::Debug("child process in init()");
  Init init(input);
  Status status = init.Contain();
  init.SendFailure(status);
  return 1;
}

// This process can make a new pid namespace inside the joined user namespace, but cannot be in it.
Status BeInitInJoinedUser(InitInput& input) {
  const namespaces::Plan& plan = input.blueprint->namespaces;
  TARE_RETURN_IF_ERROR(namespaces::JoinInChild(plan));
  TARE_RETURN_IF_ERROR(namespaces::MakeInJoinedUser(plan));
  if (!plan.second_clone()) _exit(BeInit(input));
  TARE_ASSIGN_OR_RETURN(kernel::Child init,
                        kernel::Spawn({.flags = CLONE_NEWPID | CLONE_PARENT}, [&] { return BeInit(input); }));
  return input.channel->Send(setup::Tag::kSecondClone, absl::StrCat(init.pid));
}

}  // namespace

int RunInit(InitInput& input) {
  input.parents_end->Close();
  kernel::ResetSignals();
  // The caller's umask would apply to the directories made for mounts and for the working directory.
  umask(setup::kDefaultUmask);
  if (!input.blueprint->namespaces.joins_user) return BeInit(input);
  Status status = BeInitInJoinedUser(input);
  if (!status.ok()) input.channel->SendFailure(status);
  return status.ok() ? 0 : 1;
}

}  // namespace tare::lifecycle
