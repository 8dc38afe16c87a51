#include "lifecycle/process/process_setup.h"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/file.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "process/identity.h"
#include "process/program.h"
#include "security/capabilities.h"
#include "security/lsm.h"

namespace tare::lifecycle {
namespace {

// Tells a listener from whatever else the descriptor may be: no notification has this number (ENOENT).
bool IsListener(int fd) {
  uint64_t id = 0;
  return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0 || errno == ENOENT;
}

int SendWhenThere(int listener, Channel& channel) {
  const timespec pause{.tv_sec = 0, .tv_nsec = 20'000};
  while (!IsListener(listener)) nanosleep(&pause, nullptr);
  const StatusOr<kernel::Fd> self = kernel::PidfdOpen(getpid());
  return self.ok() && channel.Tell(Tag::kListener, "", {listener, self->get()}).ok() ? 0 : 1;
}

// The filter may notify of sendmsg(2), too: a process under it could then not send its own listener, and
// would wait for ever. So a process that is not under it, but has the same descriptors, does. Nobody here
// waits for that one, for wait4(2) may be forbidden: the kernel does, and the parent until it has ended.
StatusOr<kernel::Fd> InstallNotifying(const ProcessSetup& setup, Channel& channel) {
  struct sigaction nobody_waits {};
  nobody_waits.sa_handler = SIG_DFL;
  nobody_waits.sa_flags = SA_NOCLDWAIT;
  if (sigaction(SIGCHLD, &nobody_waits, nullptr) != 0) return ErrnoError(errno, "sigaction(SIGCHLD)");
  // The lowest free number, kept until the listener takes it.
  TARE_ASSIGN_OR_RETURN(kernel::Fd reserved, kernel::Duplicate(channel.fd()));
  const int number = reserved.get();
  TARE_ASSIGN_OR_RETURN(const kernel::Child sender, kernel::Spawn({.flags = CLONE_FILES}, [&] {
                          return SendWhenThere(number, channel);
                        }));
  reserved.Close();
  StatusOr<kernel::Fd> listener = security::InstallSeccomp(setup.seccomp);
  if (listener.ok()) return listener;
  (void)kernel::PidfdSendSignal(sender.pidfd.get(), SIGKILL);
  return Annotate(listener.status(), "/linux/seccomp");
}

// The only calls after the filter that it could forbid are this one and execve(2) itself.
Status LowerCapabilities(Program& program) {
  if (!program.capabilities_pending) return absl::OkStatus();
  program.capabilities_pending = false;
  return Annotate(security::LowerTo(program.capabilities), kFilterForbids);
}

// Installing a filter takes no_new_privs or CAP_SYS_ADMIN; the user's identity takes neither from us.
Status DropPrivileges(const ProcessSetup& setup, Program& program) {
  const spec::Process& process = setup.process;
  // Of this process: in a user namespace it may grant more than the runtime could.
  const security::CapabilitySets capabilities = security::Capabilities(process);
  // As root first: what follows may take the right to enter it (a home directory of mode 0700 with --user).
  TARE_ASSIGN_OR_RETURN(process::Entered entered, process::EnterWorkingDirectory(process.cwd));
  TARE_RETURN_IF_ERROR(security::DropBounding(capabilities));
  process::OwnStandardStreams(process.user.uid);
  TARE_RETURN_IF_ERROR(process::BecomeUser(process.user, kDefaultUmask), "/process/user");
  if (entered == process::Entered::kNotPermitted) {
    TARE_ASSIGN_OR_RETURN(entered, process::EnterWorkingDirectory(process.cwd));
  }
  if (entered == process::Entered::kNotPermitted)
    return ErrnoError(EACCES, absl::StrCat("chdir to cwd (\"", process.cwd, "\") set in config.json failed"));
  const security::CapabilitySets first =
      setup.has_seccomp && !process.no_new_privileges ? security::UntilFiltered(capabilities) : capabilities;
  program.capabilities = capabilities;
  program.capabilities_pending = first != capabilities;
  return Annotate(security::ApplyCapabilities(first), "/process/capabilities");
}

}  // namespace

StatusOr<Program> SetUpProcess(const ProcessSetup& setup) {
  const spec::Process& process = setup.process;
  TARE_RETURN_IF_ERROR(security::SetApparmorProfile(process.apparmor_profile));
  TARE_RETURN_IF_ERROR(security::SetSelinuxLabel(process.selinux_label));
  // Everything that we opened closes on exec already; this is for what we did not open (CVE-2024-21626).
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(setup.first_closed_fd));
  if (process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SET_NO_NEW_PRIVS)");
  Program program{.seccomp_pending = setup.has_seccomp};
  TARE_RETURN_IF_ERROR(DropPrivileges(setup, program));
  // A change of the user makes us what fs.suid_dumpable says (proc(5)).
  TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  program.env = process::CompleteEnvironment(process.env, process.user.uid);
  program.env.insert(program.env.end(), setup.listen_env.begin(), setup.listen_env.end());
  TARE_ASSIGN_OR_RETURN(program.path, process::FindProgram(process.args[0], program.env));
  return program;
}

Status Confine(const ProcessSetup& setup, Program& program) {
  if (!program.seccomp_pending) return absl::OkStatus();
  program.seccomp_pending = false;
  kernel::ReserveHeap();
  TARE_RETURN_IF_ERROR(security::InstallSeccomp(setup.seccomp).status(), "/linux/seccomp");
  return LowerCapabilities(program);
}

Status ConfineNotifying(const ProcessSetup& setup, Program& program, Channel& channel) {
  if (!program.seccomp_pending || !setup.seccomp.notifies) return absl::OkStatus();
  program.seccomp_pending = false;
  kernel::ReserveHeap();
  TARE_ASSIGN_OR_RETURN(program.listener, InstallNotifying(setup, channel));
  // Whoever closes the channel now closes it for the sender, too, which shares our descriptors.
  TARE_RETURN_IF_ERROR(channel.Await(Tag::kGo));
  return LowerCapabilities(program);
}

Status WhyItDied(const kernel::Child& child, absl::string_view name) {
  TARE_ASSIGN_OR_RETURN(const int status, kernel::Wait(child));
  if (!WIFSIGNALED(status))
    return absl::AbortedError(absl::StrCat(name, " exited with status ", WEXITSTATUS(status)));
  if (WTERMSIG(status) == SIGSYS)
    return absl::AbortedError(absl::StrCat(kFilterForbids, ": ", name, " was killed by SIGSYS"));
  return absl::AbortedError(absl::StrCat(name, " was killed by signal ", WTERMSIG(status)));
}

Status RunProgram(const ProcessSetup& setup, Program& program) {
  process::Invocation invocation = process::MakeInvocation(program.path, setup.process.args, program.env);
  if (program.seccomp_pending) process::ExplainAhead(invocation);
  TARE_RETURN_IF_ERROR(Confine(setup, program));
  return process::Execute(invocation);
}

}  // namespace tare::lifecycle
