// The story of exec: one clone, one setns into everything, and the same last steps as init's.
#include "lifecycle/exec.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/numbers.h"
#include "cgroup/select.h"
#include "container/container.h"
#include "kernel/file.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "lifecycle/become.h"
#include "lifecycle/blueprint.h"
#include "lifecycle/creation.h"
#include "lifecycle/exec_process.h"
#include "lifecycle/foreground.h"
#include "lifecycle/listener.h"
#include "lifecycle/signals.h"
#include "namespaces/id_map.h"
#include "namespaces/types.h"
#include "process/attributes.h"
#include "security/keyring.h"
#include "security/own_executable.h"
#include "spec/parse.h"
#include "terminal/pty.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;
using spec::NamespaceType;

// Everything that the child needs, made before the clone.
struct Joining {
  const container::Container* container = nullptr;
  Becoming becoming;
  uint64_t namespaces = 0;     // CLONE_NEW* of all that are joined
  bool pid_by_parent = false;  // the parent has entered the pid namespace already
  Fd root;                     // of a container that was not pivoted
  std::vector<Fd> doors;       // cgroup v1

  bool has_user() const { return (namespaces & CLONE_NEWUSER) != 0; }
};

Status CheckExecutable(const container::Container& container, const ExecOptions& options) {
  if (!container.alive()) return absl::FailedPreconditionError("cannot exec in a stopped container");
  if (container.status == spec::ContainerStatus::kPaused && !options.ignore_paused)
    return absl::FailedPreconditionError(
        "cannot exec in a paused container (use --ignore-paused to override)");
  return absl::OkStatus();
}

Status CheckTerminal(const spec::Process& process, const ExecOptions& options) {
  const bool socket = !options.console_socket.empty();
  if (process.terminal && options.detach && !socket)
    return InvalidError("cannot allocate tty if tare will detach without setting console socket");
  if (socket && !(process.terminal && options.detach))
    return InvalidError("cannot use console socket if tare will not detach or allocate tty");
  return absl::OkStatus();
}

StatusOr<Becoming> PlanBecoming(const container::Container& container, const ExecOptions& options) {
  Becoming becoming;
  TARE_ASSIGN_OR_RETURN(becoming.process, ExecProcess(container, options));
  StatusOr<std::string> seccomp = container.folder.ReadSeccomp();
  if (seccomp.ok()) {
    TARE_ASSIGN_OR_RETURN(becoming.seccomp, security::ParseSeccomp(*seccomp));
    becoming.has_seccomp = true;
  } else if (ErrnoOf(seccomp.status()) != ENOENT) {
    return seccomp.status();
  }
  TARE_ASSIGN_OR_RETURN(PassedFds passed, PassFds(options.preserve_fds));
  becoming.first_closed_fd = passed.first_closed;
  becoming.listen_env = std::move(passed.env);
  return becoming;
}

StatusOr<Joining> PlanJoining(const container::Container& container, const ExecOptions& options) {
  Joining joining{.container = &container};
  TARE_ASSIGN_OR_RETURN(joining.becoming, PlanBecoming(container, options));
  for (NamespaceType type : container.record.namespaces) joining.namespaces |= namespaces::CloneFlag(type);
  if (container.record.chrooted) {
    TARE_ASSIGN_OR_RETURN(
        joining.root,
        kernel::Open(absl::StrCat("/proc/", container.record.init_pid, "/root"), O_PATH | O_DIRECTORY));
  }
  return joining;
}

// ---- the child

Status JoinNamespaces(const Joining& joining, uint64_t flags) {
  // One call for all: the kernel takes them from one process, init, whoever has its pid (Linux 5.8).
  if (flags != 0 && setns(joining.container->init.get(), static_cast<int>(flags)) != 0)
    return ErrnoError(errno, "setns(init)");
  if (!joining.root) return absl::OkStatus();
  if (fchdir(joining.root.get()) != 0 || chroot(".") != 0) return ErrnoError(errno, "chroot");
  return absl::OkStatus();
}

Status TakeTerminal(const spec::Process& process, Channel& channel) {
  TARE_ASSIGN_OR_RETURN(Fd root, kernel::Open("/", O_PATH | O_DIRECTORY));
  TARE_ASSIGN_OR_RETURN(terminal::Pty pty, terminal::OpenPty(root.get()));
  if (process.console_size) TARE_RETURN_IF_ERROR(terminal::SetSize(pty.master.get(), *process.console_size));
  TARE_RETURN_IF_ERROR(channel.Tell(Tag::kConsole, "", {pty.master.get()}));
  return terminal::MakeControlling(pty.slave.get(), process.user.uid);
}

// In the container's namespaces, the pid namespace too.
Status BecomeProgram(const Joining& joining, Channel& channel) {
  const spec::Process& process = joining.becoming.process;
  if (setsid() < 0) return ErrnoError(errno, "setsid");
  if (process.terminal) TARE_RETURN_IF_ERROR(TakeTerminal(process, channel), "/process/terminal");
  TARE_RETURN_IF_ERROR(channel.Tell(Tag::kRootfsReady));
  TARE_RETURN_IF_ERROR(channel.Expect(Tag::kGo).status());
  TARE_ASSIGN_OR_RETURN(Program program, Become(joining.becoming, channel));
  return RunProgram(joining.becoming, program);
}

int LeaveWith(const Status& status, Channel& channel) {
  channel.TellFailure(status);
  return 1;
}

Status Join(const Joining& joining, Channel& channel) {
  TARE_RETURN_IF_ERROR(cgroup::WalkIn(joining.doors), "entering the cgroup");
  TARE_RETURN_IF_ERROR(security::JoinSessionKeyring(joining.container->record.id, ""));
  // Before the container's processes can see us.
  TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  const uint64_t pid_flag = joining.pid_by_parent ? uint64_t{CLONE_NEWPID} : 0;
  TARE_RETURN_IF_ERROR(JoinNamespaces(joining, joining.namespaces & ~pid_flag));
  if (joining.has_user()) TARE_RETURN_IF_ERROR(namespaces::BecomeRootInside());
  if (joining.pid_by_parent || (joining.namespaces & CLONE_NEWPID) == 0)
    return BecomeProgram(joining, channel);

  // The pid namespace that was joined is for children only.
  TARE_ASSIGN_OR_RETURN(kernel::Child program, kernel::Spawn({.flags = CLONE_PARENT}, [&] {
                          return LeaveWith(BecomeProgram(joining, channel), channel);
                        }));
  TARE_RETURN_IF_ERROR(channel.Tell(Tag::kInitPid, absl::StrCat(program.pid)));
  _exit(0);
}

// ---- the parent

class Execution {
 public:
  Execution(const ExecOptions& options, Joining joining) : options_(options), joining_(std::move(joining)) {}
  ~Execution() {
    if (child_.pidfd) kernel::ChildGuard(std::move(child_));
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Until the program runs.
  Status Begin() {
    TARE_RETURN_IF_ERROR(Spawn());
    TARE_RETURN_IF_ERROR(Serve());
    if (!options_.pid_file.empty()) TARE_RETURN_IF_ERROR(WritePidFile(options_.pid_file, child_.pid));
    if (options_.pidfd_socket.empty()) return absl::OkStatus();
    TARE_ASSIGN_OR_RETURN(Fd socket, kernel::ConnectUnix(options_.pidfd_socket, SOCK_STREAM),
                          "--pidfd-socket");
    return Annotate(kernel::Send(socket.get(), "pidfd", {child_.pidfd.get()}), "--pidfd-socket");
  }

  kernel::Child Release() { return std::move(child_); }
  Fd TakeMaster() { return std::move(master_); }

 private:
  Status Spawn() {
    TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
    Channel childs_end(std::move(ends.second));
    TARE_ASSIGN_OR_RETURN(Fd cgroup, EnterableCgroup());
    TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
    const auto& affinity = joining_.becoming.process.exec_cpu_affinity;
    if (affinity) TARE_RETURN_IF_ERROR(process::SetCpuAffinity(0, affinity->initial));
    // Fails without rights in an outer user namespace: then the child joins it, and clones once more.
    joining_.pid_by_parent =
        (joining_.namespaces & CLONE_NEWPID) != 0 && setns(joining_.container->init.get(), CLONE_NEWPID) == 0;
    TARE_ASSIGN_OR_RETURN(child_, kernel::Spawn({.cgroup = cgroup.get()}, [&] {
                            ends.first.Close();
                            ResetSignals();
                            return LeaveWith(Join(joining_, childs_end), childs_end);
                          }));
    channel_.emplace(std::move(ends.first));
    return absl::OkStatus();
  }

  StatusOr<Fd> EnterableCgroup() {
    TARE_ASSIGN_OR_RETURN(const cgroup::Paths paths,
                          cgroup::PathsBelow(joining_.container->record.cgroup_paths, options_.cgroups),
                          "--cgroup");
    TARE_ASSIGN_OR_RETURN(std::unique_ptr<cgroup::Manager> manager,
                          cgroup::Attach(paths, joining_.container->record.systemd_cgroup));
    cgroup::Manager& cgroup = *manager;
    for (cgroup::Entry entry : {cgroup::Entry::kAllButMemory, cgroup::Entry::kMemory}) {
      TARE_ASSIGN_OR_RETURN(std::vector<Fd> doors, cgroup.OpenDoors(entry));
      for (Fd& door : doors) joining_.doors.push_back(std::move(door));
    }
    return cgroup.OpenForClone();
  }

  Status Serve() {
    for (;;) {
      TARE_ASSIGN_OR_RETURN(Packet packet, channel_->Hear());
      if (packet.tag == Tag::kEnd) return absl::OkStatus();
      TARE_RETURN_IF_ERROR(Answer(std::move(packet)));
    }
  }

  Status Answer(Packet packet) {
    switch (packet.tag) {
      case Tag::kInitPid:
        return AdoptChild(packet.payload);
      case Tag::kRootfsReady:
        return SetAttributes();
      case Tag::kConsole:
        return OnConsole(std::move(packet));
      case Tag::kFailed:
        return ParseStatus(packet.payload);
      case Tag::kListener:
        return OnListener(std::move(packet));
      case Tag::kReady:
      case Tag::kMapped:
      case Tag::kGo:
      case Tag::kStart:
      case Tag::kEnd:
        break;
    }
    return absl::InternalError("an unexpected message from the child");
  }

  Status SetAttributes() {
    const spec::Process& process = joining_.becoming.process;
    TARE_RETURN_IF_ERROR(process::SetOomScore(child_.pid, process));
    TARE_RETURN_IF_ERROR(process::SetLimits(child_.pid, process));
    if (process.exec_cpu_affinity)
      TARE_RETURN_IF_ERROR(process::SetCpuAffinity(child_.pid, process.exec_cpu_affinity->final));
    return channel_->Tell(Tag::kGo);
  }

  Status OnConsole(Packet packet) {
    if (packet.fds.size() != 1) return absl::InternalError("no terminal in the message");
    if (!options_.console_socket.empty())
      return terminal::SendMaster(options_.console_socket, packet.fds[0].get());
    master_ = std::move(packet.fds[0]);
    return absl::OkStatus();
  }

  Status OnListener(Packet packet) {
    if (packet.fds.size() != 1) return absl::InternalError("no seccomp listener in the message");
    const container::Container& container = *joining_.container;
    TARE_ASSIGN_OR_RETURN(std::string json, container.folder.ReadConfig());
    TARE_ASSIGN_OR_RETURN(spec::Config config, spec::ParseConfig(json, "config.json"));
    if (!config.platform.seccomp) return absl::InternalError("the container has no seccomp profile");
    return SendListener(*config.platform.seccomp, StateOf(container), child_.pid, packet.fds[0]);
  }

  Status AdoptChild(const std::string& pid) {
    kernel::Child program;
    if (!absl::SimpleAtoi(pid, &program.pid)) return absl::InternalError("an unreadable pid from the child");
    TARE_ASSIGN_OR_RETURN(program.pidfd, kernel::PidfdOpen(program.pid));
    TARE_RETURN_IF_ERROR(kernel::Wait(child_).status());
    child_ = std::move(program);
    return absl::OkStatus();
  }

  const ExecOptions& options_;
  Joining joining_;
  kernel::Child child_;
  std::optional<Channel> channel_;
  Fd master_;
};

}  // namespace

StatusOr<int> Exec(const Runtime& runtime, const ExecOptions& options) {
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  TARE_ASSIGN_OR_RETURN(container::Container container, container::Load(runtime.root, options.id));
  TARE_RETURN_IF_ERROR(CheckExecutable(container, options));
  TARE_ASSIGN_OR_RETURN(Joining joining, PlanJoining(container, options));
  TARE_RETURN_IF_ERROR(CheckTerminal(joining.becoming.process, options));

  std::optional<Foreground> foreground;
  if (!options.detach) foreground.emplace(Subreaper::kNo);
  Execution execution(options, std::move(joining));
  TARE_RETURN_IF_ERROR(execution.Begin(), "unable to start container process");
  const kernel::Child child = execution.Release();
  if (!foreground) return 0;
  return foreground->Supervise(child, execution.TakeMaster());
}

}  // namespace tare::lifecycle
