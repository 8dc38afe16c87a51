#include "lifecycle/create/init.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/log.h"
#include "container/gate.h"
#include "hooks/run.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/signals.h"
#include "kernel/socket.h"
#include "lifecycle/create/helper.h"
#include "namespaces/enter.h"
#include "namespaces/id_map.h"
#include "network/net_devices.h"
#include "process/traits.h"
#include "rootfs/devices.h"
#include "security/keyring.h"
#include "spec/state.h"
#include "terminal/pty.h"

namespace tare::lifecycle {
namespace {

// The cgroups are entered late: what init needs before is then not charged to the container, which starts
// within a few hundred KiB. But before the cgroup namespace, whose root is where the process is at that
// moment.
class CgroupEntry {
 public:
  explicit CgroupEntry(InitInput& input) : input_(input) {}

  Status operator()() {
    if (entered_) return absl::OkStatus();
    entered_ = true;
    TARE_ASSIGN_OR_RETURN(Packet entry_fds, input_.channel->Expect(Tag::kCgroups));
    TARE_RETURN_IF_ERROR(cgroup::EnterThrough(entry_fds.fds), "entering the cgroup");
    return input_.blueprint->namespaces.new_cgroup ? namespaces::NewCgroupNamespace() : absl::OkStatus();
  }

 private:
  InitInput& input_;
  bool entered_ = false;
};

class Init {
 public:
  explicit Init(InitInput& input)
      : input_(input), blueprint_(*input.blueprint), channel_(*input.channel), enter_cgroups_(input) {}

  // The whole life of init before the program, in the order of docs/architecture.md.
  Status Contain() {
    TARE_RETURN_IF_ERROR(TakeIdentity());
    TARE_RETURN_IF_ERROR(SettleInNamespaces());
    TARE_RETURN_IF_ERROR(BuildRootfs());
    TARE_RETURN_IF_ERROR(LetParentRunHooks());
    TARE_RETURN_IF_ERROR(RunHooks(config().hooks.create_container, "createContainer",
                                  spec::ContainerStatus::kCreating, {.directory = rootfs_.root.get()}));
    TARE_RETURN_IF_ERROR(EnterRootfs());
    StatusOr<Program> program = Program{};
    if (blueprint_.has_process()) program = SetUpProcess(blueprint_.setup);
    TARE_RETURN_IF_ERROR(program.status());
    LetGo();
    TARE_RETURN_IF_ERROR(ConfineNotifying(blueprint_.setup, *program, channel_));
    TARE_RETURN_IF_ERROR(WaitForStart());
    if (started_ && !program->listener) container::LetStarterFinish(input_.gate.go.get());
    program->listener.Close();
    TARE_RETURN_IF_ERROR(RunStartHooks(*program));
    return Annotate(RunProgram(blueprint_.setup, *program), "unable to start container process");
  }

  // Whoever listens now: the creator, or a `start` at the gate.
  void TellFailure(const Status& status) {
    if (!started_) return channel_.TellFailure(status);
    container::TellStarter(input_.gate.answers.get(), status);
  }

 private:
  const spec::Config& config() const { return blueprint_.config(); }

  Status TakeIdentity() {
    if (setsid() < 0) return ErrnoError(errno, "setsid");
    if (blueprint_.namespaces.new_user) TARE_RETURN_IF_ERROR(channel_.Expect(Tag::kMapped).status());
    if (blueprint_.namespaces.has_user()) TARE_RETURN_IF_ERROR(BecomeRootInside());
    if (blueprint_.namespaces.ipc_inside) TARE_RETURN_IF_ERROR(namespaces::NewIpcNamespace());
    // After the maps are written: an unprivileged parent may not write those of an undumpable process.
    return kernel::BecomeUndumpable();
  }

  Status BecomeRootInside() {
    if (blueprint_.namespaces.joins_user) return namespaces::BecomeRootInside({}, {});
    return namespaces::BecomeRootInside(config().platform.uid_mappings, config().platform.gid_mappings);
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
    Helped helped(blueprint_, std::move(input_.helper));
    TARE_ASSIGN_OR_RETURN(rootfs_, rootfs::Build(
                                       blueprint_.rootfs,
                                       [&](const rootfs::MountStep& step) { return helped.OpenSource(step); },
                                       [&](const spec::Device& device) { return helped.OpenNode(device); },
                                       [this] { return enter_cgroups_(); }));
    return enter_cgroups_();
  }

  Status LetParentRunHooks() {
    TARE_RETURN_IF_ERROR(channel_.Tell(Tag::kRootfsReady));
    return channel_.Expect(Tag::kGo).status();
  }

  // The pid in the state is as the container sees it (config.md, "POSIX-platform Hooks": these run in its
  // namespaces).
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

  // Whoever has started us hears when they have run: the end of the connection alone may also be ours.
  // Under the program's filter, whenever that comes, and with no more capabilities than it.
  Status RunStartHooks(Program& program) {
    const std::vector<spec::Hook>& row = config().hooks.start_container;
    if (row.empty()) return absl::OkStatus();
    kernel::ResetSignals();  // also for those who wait for the hooks
    if (started_)
      TARE_RETURN_IF_ERROR(container::TellHooks(input_.gate.answers.get(), container::HooksPhase::kBegin));
    const std::function<Status()> confine = [&] { return Confine(blueprint_.setup, program); };
    TARE_RETURN_IF_ERROR(RunHooks(row, "startContainer", spec::ContainerStatus::kCreated,
                                  {.directory = hooks::kRootDirectory,
                                   .env = &program.env,  // with HOME, as the program has it
                                   .confine = program.seccomp_pending ? &confine : nullptr}));
    if (started_) return container::TellHooks(input_.gate.answers.get(), container::HooksPhase::kRan);
    return channel_.Tell(Tag::kHooksRan);
  }

  Status EnterRootfs() {
    TARE_RETURN_IF_ERROR(rootfs::Enter(blueprint_.rootfs, rootfs_.root.get()));
    TARE_ASSIGN_OR_RETURN(rootfs_.root, kernel::Open("/", O_PATH | O_DIRECTORY));
    if (blueprint_.terminal()) TARE_RETURN_IF_ERROR(TakeTerminal(), "/process/terminal");
    TARE_RETURN_IF_ERROR(process::SetSysctls(config().platform.sysctl));
    TARE_RETURN_IF_ERROR(rootfs::Finish(blueprint_.rootfs, rootfs_));
    if (config().platform.personality)
      TARE_RETURN_IF_ERROR(process::SetPersonality(*config().platform.personality));
    if (config().platform.memory_policy)
      TARE_RETURN_IF_ERROR(process::SetMemoryPolicy(*config().platform.memory_policy));
    return absl::OkStatus();
  }

  Status TakeTerminal() {
    TARE_ASSIGN_OR_RETURN(terminal::Pty pty, terminal::OpenPty(rootfs_.root.get()));
    const auto& size = config().process->console_size;
    if (size) TARE_RETURN_IF_ERROR(terminal::SetSize(pty.master.get(), *size));
    if (blueprint_.rootfs.makes_mounts())
      TARE_RETURN_IF_ERROR(rootfs::MountConsole(rootfs_.root.get(), pty.slave.get()));
    TARE_RETURN_IF_ERROR(channel_.Tell(Tag::kConsole, "", {pty.master.get()}));
    log::KeepStderr();
    return terminal::MakeControlling(pty.slave.get(), config().process->user.uid);
  }

  bool at_gate() const { return static_cast<bool>(input_.gate.go); }

  // Until somebody starts it, which may be days: nothing of the caller's, whose log could not be rotated or
  // whose pipe would not end, and of ours only where it hears of the start. It dies of what ends a process.
  void LetGo() {
    log::Debug("init: closing the pipe to signal completion");
    rootfs_ = {};
    log::Close();
    kernel::Procfs::Forget();
    std::vector<int> keep = {channel_.fd()};
    if (at_gate()) keep.insert(keep.end(), {input_.gate.go.get(), input_.gate.answers.get()});
    kernel::CloseAllBut(blueprint_.setup.first_closed_fd, std::move(keep));
    if (at_gate()) kernel::DieOfSignals();
  }

  // The filter may be in force: nothing but read(2), write(2) and close(2).
  Status WaitForStart() {
    TARE_RETURN_IF_ERROR(channel_.Tell(Tag::kReady));
    if (!at_gate()) return channel_.Await(Tag::kStart);
    channel_.Close();
    TARE_RETURN_IF_ERROR(container::WaitAtGate(input_.gate.go.get()));
    started_ = true;
    return blueprint_.has_process() ? absl::OkStatus() : NoProcessError();
  }

  InitInput& input_;
  const Blueprint& blueprint_;
  Channel& channel_;
  CgroupEntry enter_cgroups_;
  rootfs::Built rootfs_;
  bool started_ = false;  // at the gate
};

// The words of runc's log, which scripts look for.
int Live(InitInput& input) {
  log::Debug("nsexec container setup: init has been cloned into its namespaces");
  log::Debug("child process in init()");
  Init init(input);
  Status status = init.Contain();
  init.TellFailure(status);
  return 1;
}

// A new pid namespace inside a joined user namespace: this process can make it, but not be in it.
Status LiveInJoinedUser(InitInput& input) {
  const namespaces::Plan& plan = input.blueprint->namespaces;
  TARE_RETURN_IF_ERROR(namespaces::JoinInChild(plan));
  TARE_RETURN_IF_ERROR(namespaces::MakeInJoinedUser(plan));
  if (!plan.second_clone()) _exit(Live(input));
  TARE_ASSIGN_OR_RETURN(kernel::Child init,
                        kernel::Spawn({.flags = CLONE_NEWPID | CLONE_PARENT}, [&] { return Live(input); }));
  return input.channel->Tell(Tag::kInitPid, absl::StrCat(init.pid));
}

}  // namespace

int RunInit(InitInput& input) {
  input.parents_end->Close();
  kernel::ResetSignals();
  // The caller's would be seen in the directories that are made for mounts and for the working directory.
  umask(kDefaultUmask);
  if (!input.blueprint->namespaces.joins_user) return Live(input);
  Status status = LiveInJoinedUser(input);
  if (!status.ok()) input.channel->TellFailure(status);
  return status.ok() ? 0 : 1;
}

}  // namespace tare::lifecycle
