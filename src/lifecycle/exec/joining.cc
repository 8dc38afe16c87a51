#include "lifecycle/exec/joining.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/signals.h"
#include "lifecycle/exec/exec_process.h"
#include "lifecycle/process/caller.h"
#include "namespaces/id_map.h"
#include "namespaces/types.h"
#include "process/attributes.h"
#include "process/traits.h"
#include "security/keyring.h"
#include "terminal/pty.h"

namespace tare::lifecycle {
namespace {

using kernel::Fd;

StatusOr<ProcessSetup> PlanBecoming(const container::Container& container, const spec::Config& config,
                                    const ExecOptions& options) {
  ProcessSetup setup;
  TARE_ASSIGN_OR_RETURN(setup.process, ExecProcess(config, options));
  StatusOr<std::string> seccomp = container.directory.ReadSeccomp();
  if (seccomp.ok()) {
    TARE_ASSIGN_OR_RETURN(setup.seccomp, security::ParseSeccomp(*seccomp));
    setup.has_seccomp = true;
    log::Debug("seccomp filter flags: ", setup.seccomp.flags);
  } else if (container.record.has_seccomp || ErrnoOf(seccomp.status()) != ENOENT) {
    return seccomp.status();
  }
  TARE_ASSIGN_OR_RETURN(PassedFds passed, PassFds(options.preserve_fds));
  setup.first_closed_fd = passed.first_closed;
  setup.listen_env = std::move(passed.env);
  return setup;
}

int Leave(const Status& status, Channel& channel) {
  channel.TellFailure(status);
  return 1;
}

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
  log::KeepStderr();
  return terminal::MakeControlling(pty.slave.get(), process.user.uid);
}

// In the container's namespaces, the pid namespace too.
Status BecomeProgram(const Joining& joining, Channel& channel) {
  const spec::Process& process = joining.setup.process;
  log::Debug("child process in init(): it is in the container's namespaces");
  if (setsid() < 0) return ErrnoError(errno, "setsid");
  if (process.terminal) TARE_RETURN_IF_ERROR(TakeTerminal(process, channel), "/process/terminal");
  TARE_RETURN_IF_ERROR(channel.Tell(Tag::kRootfsReady));
  TARE_RETURN_IF_ERROR(channel.Expect(Tag::kGo).status());
  const spec::Linux& platform = joining.config.platform;
  if (platform.personality) TARE_RETURN_IF_ERROR(process::SetPersonality(*platform.personality));
  if (platform.memory_policy) TARE_RETURN_IF_ERROR(process::SetMemoryPolicy(*platform.memory_policy));
  TARE_ASSIGN_OR_RETURN(Program program, SetUpProcess(joining.setup));
  log::Debug("setns_init: about to exec");  // not later: a filter may forbid it
  TARE_RETURN_IF_ERROR(ConfineNotifying(joining.setup, program, channel));
  return RunProgram(joining.setup, program);
}

// What this process says is about itself, so the parent has to know first that it is not the one that it
// cloned.
Status BecomeAdopted(const Joining& joining, Channel& channel) {
  TARE_RETURN_IF_ERROR(channel.Expect(Tag::kAdopted).status());
  return BecomeProgram(joining, channel);
}

Status Join(const Joining& joining, Channel& channel) {
  // The words of runc's log, which scripts look for; for the last of them, below, too.
  log::Debug("nsexec container setup: entering the namespaces of process ",
             joining.container->record.init_pid);
  TARE_RETURN_IF_ERROR(cgroup::EnterThrough(joining.entry_fds), "entering the cgroup");
  TARE_RETURN_IF_ERROR(security::JoinSessionKeyring(joining.container->record.id, ""));
  const uint64_t pid_flag = joining.pid_by_parent ? uint64_t{CLONE_NEWPID} : 0;
  TARE_RETURN_IF_ERROR(JoinNamespaces(joining, joining.namespaces & ~pid_flag));
  if (joining.has_user()) TARE_RETURN_IF_ERROR(namespaces::BecomeRootInside({}, {}));
  if (joining.pid_by_parent || (joining.namespaces & CLONE_NEWPID) == 0)
    return BecomeProgram(joining, channel);

  // The pid namespace that was joined is for children only.
  TARE_ASSIGN_OR_RETURN(kernel::Child program, kernel::Spawn({.flags = CLONE_PARENT}, [&] {
                          return Leave(BecomeAdopted(joining, channel), channel);
                        }));
  TARE_RETURN_IF_ERROR(channel.Tell(Tag::kInitPid, absl::StrCat(program.pid)));
  _exit(0);
}

}  // namespace

StatusOr<Joining> PlanJoining(const container::Container& container, const ExecOptions& options) {
  Joining joining{.container = &container};
  TARE_ASSIGN_OR_RETURN(joining.config, container.directory.LoadConfig());
  TARE_ASSIGN_OR_RETURN(joining.setup, PlanBecoming(container, joining.config, options));
  for (spec::NamespaceType type : container.record.namespaces)
    joining.namespaces |= namespaces::CloneFlag(type);
  if (container.record.chrooted) {
    TARE_ASSIGN_OR_RETURN(
        joining.root,
        kernel::Open(absl::StrCat("/proc/", container.record.init_pid, "/root"), O_PATH | O_DIRECTORY));
  }
  return joining;
}

int RunJoining(const Joining& joining, Channel& channel) {
  kernel::ResetSignals();
  // In the words of runc's log, which scripts look for.
  if (log::Enabled(log::Level::kDebug))
    log::Debug("nsexec[", getpid(), "]: affinity: ", process::CpuAffinity());
  return Leave(Join(joining, channel), channel);
}

}  // namespace tare::lifecycle
