// The story of exec: one clone, one setns into everything, and the same last steps as init's.
#include "lifecycle/exec/exec.h"

#include <linux/sched.h>
#include <sched.h>

#include <cerrno>

#include "base/log.h"
#include "cgroup/present.h"
#include "cgroup/privilege.h"
#include "cgroup/select.h"
#include "container/cgroup.h"
#include "container/container.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "lifecycle/exec/joining.h"
#include "lifecycle/process/caller.h"
#include "lifecycle/process/foreground.h"
#include "lifecycle/process/listener.h"
#include "process/attributes.h"
#include "resctrl/group.h"
#include "security/own_executable.h"
#include "terminal/pty.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;

Status CheckExecutable(const container::Container& container, const ExecOptions& options) {
  if (!container.alive()) return absl::FailedPreconditionError("cannot exec in a stopped container");
  if (container.status == spec::ContainerStatus::kPaused && !options.ignore_paused)
    return absl::FailedPreconditionError(
        "cannot exec in a paused container (use --ignore-paused to override)");
  return absl::OkStatus();
}

// Who takes the terminal that nobody took with --console-socket: our own relay, or a supervisor.
enum class Attending { kForeground, kSupervisor };

class Execution {
 public:
  Execution(const Runtime& runtime, const ExecOptions& options, Attending attending, Joining joining)
      : runtime_(runtime), options_(options), attending_(attending), joining_(std::move(joining)) {}
  ~Execution() {
    if (child_.pidfd) kernel::ChildGuard(std::move(child_));
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Until the program runs.
  Status Begin() {
    TARE_RETURN_IF_ERROR(Spawn());
    TARE_RETURN_IF_ERROR(Serve());
    return AnnouncePid(child_, options_.pid_file, options_.pidfd_socket);
  }

  kernel::Child Release() { return std::move(child_); }
  Fd TakeMaster() { return std::move(master_); }

 private:
  Status Spawn() {
    TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
    Channel childs_end(std::move(ends.second));
    TARE_ASSIGN_OR_RETURN(Fd cgroup, OpenCgroup());
    TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
    const auto& affinity = joining_.setup.process.exec_cpu_affinity;
    if (affinity) TARE_RETURN_IF_ERROR(process::SetCpuAffinity(0, affinity->initial));
    TARE_RETURN_IF_ERROR(process::PassOnOomScore(joining_.setup.process));
    // Before the clone: the child is in sight of the container from its first instruction on (CVE-2016-9962).
    TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
    // Fails without rights in an outer user namespace: then the child joins it, and clones once more.
    joining_.pid_by_parent =
        (joining_.namespaces & CLONE_NEWPID) != 0 && setns(joining_.container->init.get(), CLONE_NEWPID) == 0;
    const auto join = [&] {
      ends.first.Close();
      return RunJoining(joining_, childs_end);
    };
    StatusOr<kernel::Child> child = kernel::Spawn({.cgroup = cgroup.get()}, join);
    if (const int error = ErrnoOf(child.status()); error == EBUSY || error == ENODEV) {
      TARE_ASSIGN_OR_RETURN(cgroup, OpenInitsCgroup(child.status()));
      child = kernel::Spawn({.cgroup = cgroup.get()}, join);
    }
    if (ErrnoOf(child.status()) == EACCES) {
      // A user may move a process only between cgroups of one delegated subtree (cgroups(7), "Delegation
      // containment").
      enters_later_ = true;
      child = kernel::Spawn({}, join);
    }
    TARE_ASSIGN_OR_RETURN(child_, std::move(child));
    channel_.emplace(std::move(ends.first));
    return absl::OkStatus();
  }

  StatusOr<Fd> OpenCgroup() {
    const spec::Record& record = joining_.container->record;
    TARE_ASSIGN_OR_RETURN(const cgroup::Paths paths,
                          cgroup::PathsBelow(record.cgroup_paths, options_.cgroups));
    StatusOr<Fd> opened = Open(paths, record.systemd_cgroup);
    if (ErrnoOf(opened.status()) != ENOENT) return opened;
    if (!options_.cgroups.empty()) return AddError(FirstMissing(paths, opened.status()));
    return OpenInitsCgroup(opened.status());
  }

  // The container's cgroup is gone, or may hold no process, for it has controllers for those below it ("no
  // internal processes", cgroups(7)): a system in the container has moved its init, and whoever is added goes
  // where that is. One that was asked for by --cgroup has no substitute.
  StatusOr<Fd> OpenInitsCgroup(const Status& why) {
    const container::Container& container = *joining_.container;
    TARE_ASSIGN_OR_RETURN(const cgroup::Paths paths,
                          cgroup::PresentPaths(container.record.init_pid, container.record.cgroup_paths),
                          why.message());
    // Its pid was not another's meanwhile.
    TARE_RETURN_IF_ERROR(kernel::PidfdSendSignal(container.init.get(), 0), "init has ended");
    log::Debug(why.message(), ": entering the cgroup that init is in");
    return Open(paths, /*systemd=*/false);
  }

  // Which of those that --cgroup names is not there; in runc's words, too.
  static Status FirstMissing(const cgroup::Paths& paths, const Status& why) {
    for (const auto& [controller, path] : paths)
      if (access(path.c_str(), F_OK) != 0)
        return ErrnoError(ENOENT, absl::StrCat("--cgroup: open ", path, "/cgroup.procs"));
    return Annotate(why, "--cgroup");
  }

  // In runc's words, which scripts look for. There is no process yet: ours is the one that would be added, or
  // its child be born there.
  static Status AddError(const Status& why) {
    return Annotate(why, "error adding pid ", getpid(), " to cgroups");
  }

  StatusOr<Fd> Open(const cgroup::Paths& paths, bool systemd) {
    cgroup_ = container::AttachCgroup(paths, systemd);
    joining_.entry_fds.clear();
    for (cgroup::Entry entry : {cgroup::Entry::kAllButMemory, cgroup::Entry::kMemory}) {
      TARE_ASSIGN_OR_RETURN(std::vector<Fd> entry_fds, cgroup_->OpenEntryFds(entry));
      for (Fd& entry_fd : entry_fds) joining_.entry_fds.push_back(std::move(entry_fd));
    }
    return cgroup_->OpenForClone();
  }

  Status Serve() {
    for (;;) {
      TARE_ASSIGN_OR_RETURN(Packet packet, channel_->Hear());
      if (packet.tag == Tag::kEnd) return CheckStarted();
      TARE_RETURN_IF_ERROR(Answer(std::move(packet)));
    }
  }

  // The end of the channel is execve(2), or the end of the child.
  Status CheckStarted() {
    if (!joining_.setup.has_seccomp || !kernel::EndedBeforeExec(child_.pid)) return absl::OkStatus();
    Status why = WhyItDied(child_, "the process");
    child_.pidfd.Close();
    return why;
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
        return OnListener(packet);
      case Tag::kAdopted:
      case Tag::kCgroups:
      case Tag::kReady:
      case Tag::kMapped:
      case Tag::kGo:
      case Tag::kStart:
      case Tag::kHooksRan:
      case Tag::kSource:
      case Tag::kNode:
      case Tag::kEnd:
        break;
    }
    return absl::InternalError("unexpected message from the child");
  }

  // systemd may do what the user may not. Without it, better a process beside the limits than none to look
  // into the container with.
  Status EnterFromOutside() {
    Status entered = cgroup_->Enter(child_.pid, cgroup::Entry::kAllButMemory);
    if (!cgroup::IsDenied(entered) || !runtime_.rootless) return entered;
    log::Warning(
        "the process stays outside the cgroup of container ", joining_.container->record.id,
        ": this shell is not in a cgroup that is delegated to the user (run tare with systemd-run --user)");
    return absl::OkStatus();
  }

  // In the cgroup. config.md, "execCPUAffinity": with an initial list and no final one, what is left of it
  // stays.
  Status SettleCpus(const spec::ExecCpuAffinity& affinity) {
    if (!affinity.final.empty()) return process::SetCpuAffinity(child_.pid, affinity.final);
    if (affinity.initial.empty()) process::ForgetCallersCpus(child_.pid);
    return absl::OkStatus();
  }

  // As runc does, a group that somebody has removed is passed over.
  Status EnterResctrlGroup() {
    const spec::Record& record = joining_.container->record;
    if (record.rdt_control.empty() || access(record.rdt_control.c_str(), F_OK) != 0) return absl::OkStatus();
    return Annotate(
        resctrl::Enter({.control = record.rdt_control, .monitor = record.rdt_monitor}, child_.pid),
        "error adding pid ", child_.pid, " to Intel RDT");
  }

  Status SetAttributes() {
    const spec::Process& process = joining_.setup.process;
    if (enters_later_) TARE_RETURN_IF_ERROR(EnterFromOutside(), "entering the cgroup");
    TARE_RETURN_IF_ERROR(EnterResctrlGroup());
    TARE_RETURN_IF_ERROR(process::SetOomScore(child_.pid, process));
    TARE_RETURN_IF_ERROR(SettleCpus(process.exec_cpu_affinity.value_or(spec::ExecCpuAffinity{})));
    TARE_RETURN_IF_ERROR(process::SetLimits(child_.pid, process, ConfiguredCpus(joining_.config)));
    return channel_->Tell(Tag::kGo);
  }

  Status OnConsole(Packet packet) {
    if (packet.fds.size() != 1) return absl::InternalError("the child sent no terminal");
    if (!options_.console_socket.empty())
      return terminal::SendMaster(options_.console_socket, packet.fds[0].get());
    if (attending_ == Attending::kForeground)
      TARE_RETURN_IF_ERROR(terminal::PrepareForRelay(packet.fds[0].get()));
    master_ = std::move(packet.fds[0]);
    return absl::OkStatus();
  }

  Status OnListener(const Packet& packet) {
    const std::optional<spec::Seccomp>& seccomp = joining_.config.platform.seccomp;
    if (!seccomp) return absl::InternalError("the container has no seccomp profile");
    TARE_RETURN_IF_ERROR(PassListener(*seccomp, StateOf(*joining_.container), child_.pid, packet));
    return channel_->Tell(Tag::kGo);
  }

  Status AdoptChild(const std::string& pid) {
    TARE_ASSIGN_OR_RETURN(kernel::Child program, AdoptSibling(pid));
    TARE_RETURN_IF_ERROR(kernel::Wait(child_).status());
    child_ = std::move(program);
    return channel_->Tell(Tag::kAdopted);
  }

  const Runtime& runtime_;
  const ExecOptions& options_;
  const Attending attending_;
  Joining joining_;
  std::unique_ptr<cgroup::Manager> cgroup_;  // the container's, or one below it
  bool enters_later_ = false;
  kernel::Child child_;
  std::optional<Channel> channel_;
  Fd master_;
};

StatusOr<ChildProcess> Execute(const Runtime& runtime, const ExecOptions& options, Attending attending) {
  TARE_ASSIGN_OR_RETURN(container::Container container, container::Load(runtime.root, options.id));
  TARE_RETURN_IF_ERROR(CheckExecutable(container, options));
  TARE_ASSIGN_OR_RETURN(Joining joining, PlanJoining(container, options));
  TARE_RETURN_IF_ERROR(CheckConsole(joining.setup.process.terminal, options.detach, options.console_socket));
  Execution execution(runtime, options, attending, std::move(joining));
  TARE_RETURN_IF_ERROR(execution.Begin(), "unable to start container process");
  return ChildProcess{.process = execution.Release(), .master = execution.TakeMaster()};
}

}  // namespace

StatusOr<ChildProcess> ExecInWorker(const Runtime& runtime, const ExecOptions& options) {
  return Execute(runtime, options, Attending::kSupervisor);
}

StatusOr<int> Exec(const Runtime& runtime, const ExecOptions& options) {
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  std::optional<Foreground> foreground;
  if (!options.detach) TARE_RETURN_IF_ERROR(foreground.emplace().Begin(Subreaper::kNo));
  TARE_ASSIGN_OR_RETURN(ChildProcess exec, Execute(runtime, options, Attending::kForeground));
  if (!foreground) return 0;
  return foreground->Wait(exec.process, std::move(exec.master));
}

}  // namespace tare::lifecycle
