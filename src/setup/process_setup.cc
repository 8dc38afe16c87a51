#include "setup/process_setup.h"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "kernel/file.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "process/identity.h"
#include "process/program.h"
#include "process/traits.h"
#include "security/capabilities.h"
#include "security/lsm.h"

namespace tare::setup {
namespace {

// Whether the descriptor is a listener by now: then, no notification has this number (ENOENT).
bool IsListener(int fd) {
  uint64_t id = 0;
  return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0 || errno == ENOENT;
}

int SendOnceInstalled(int listener, Channel& channel) {
  const timespec pause{.tv_sec = 0, .tv_nsec = 20'000};
  while (!IsListener(listener)) nanosleep(&pause, nullptr);
  const StatusOr<kernel::Fd> self = kernel::PidfdOpen(getpid());
  return self.ok() && channel.Send(Tag::kListener, "", {listener, self->get()}).ok() ? 0 : 1;
}

// The filter may also notify of sendmsg(2): a process under it that sends its own listener would wait for
// ever. So another process sends it, which shares our descriptors but is not under the filter. We cannot reap
// that process, because the filter may forbid wait4(2): the kernel does (SA_NOCLDWAIT), and the parent waits
// until it has ended.
StatusOr<kernel::Fd> InstallNotifying(const ProcessSetup& setup, Channel& channel) {
  struct sigaction no_zombies {};
  no_zombies.sa_handler = SIG_DFL;
  no_zombies.sa_flags = SA_NOCLDWAIT;
  if (sigaction(SIGCHLD, &no_zombies, nullptr) != 0) return ErrnoError(errno, "sigaction(SIGCHLD)");
  // Reserves the lowest free number, which the listener will get.
  TARE_ASSIGN_OR_RETURN(kernel::Fd reserved, kernel::Duplicate(channel.fd()));
  const int number = reserved.get();
  TARE_ASSIGN_OR_RETURN(const kernel::Child sender, kernel::Spawn({.flags = CLONE_FILES}, [&] {
                          return SendOnceInstalled(number, channel);
                        }));
  reserved.Close();
  StatusOr<kernel::Fd> listener = security::InstallSeccomp(*setup.seccomp);
  if (listener.ok()) return listener;
  (void)kernel::PidfdSendSignal(sender.pidfd.get(), SIGKILL);
  return Annotate(listener.status(), "/linux/seccomp");
}

// After the filter, there is only this call and execve(2).
Status LowerCapabilities(Program& program) {
  if (!program.capabilities_pending) return absl::OkStatus();
  program.capabilities_pending = false;
  return Annotate(security::DropSysAdmin(program.capabilities), kFilterForbids);
}

// Without no_new_privs, installing the filter needs CAP_SYS_ADMIN, which is then kept beside
// the user's identity.
Status DropPrivileges(const ProcessSetup& setup, Program& program) {
  const spec::Process& process = setup.process;
  // Computed here, because a process in a user namespace may have more to grant than the runtime.
  const security::CapabilitySets capabilities = security::Capabilities(process);
  // As root first: the user may not be allowed to enter it (a home directory of mode 0700 with --user).
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
      setup.seccomp && !process.no_new_privileges ? security::WithSysAdmin(capabilities) : capabilities;
  program.capabilities = capabilities;
  program.capabilities_pending = first != capabilities;
  return Annotate(security::ApplyCapabilities(first), "/process/capabilities");
}

}  // namespace

StatusOr<ProcessSetup> MakeProcessSetup(spec::Process process, const spec::Linux& platform,
                                        std::optional<security::SeccompProgram> seccomp, int preserve_fds) {
  if (seccomp) log::Debug("seccomp filter flags: ", seccomp->flags);
  TARE_ASSIGN_OR_RETURN(InheritedFds fds, PassFds(preserve_fds));
  return ProcessSetup{.process = std::move(process),
                      .seccomp = std::move(seccomp),
                      .personality = platform.personality,
                      .memory_policy = platform.memory_policy,
                      .fds = std::move(fds)};
}

StatusOr<Program> SetUpProcess(const ProcessSetup& setup) {
  const spec::Process& process = setup.process;
  if (setup.personality) TARE_RETURN_IF_ERROR(process::SetPersonality(*setup.personality));
  if (setup.memory_policy) TARE_RETURN_IF_ERROR(process::SetMemoryPolicy(*setup.memory_policy));
  TARE_RETURN_IF_ERROR(security::SetApparmorProfile(process.apparmor_profile));
  TARE_RETURN_IF_ERROR(security::SetSelinuxLabel(process.selinux_label));
  // All that the runtime opened closes on exec already. This is for what it did not open (CVE-2024-21626).
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(setup.fds.first_closed));
  if (process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SET_NO_NEW_PRIVS)");
  Program program{.seccomp_pending = setup.seccomp.has_value()};
  TARE_RETURN_IF_ERROR(DropPrivileges(setup, program));
  // Changing the user has set the dumpable attribute to the value of fs.suid_dumpable (proc(5)).
  TARE_RETURN_IF_ERROR(kernel::BecomeUndumpable());
  program.env = process::CompleteEnvironment(process.env, process.user.uid);
  program.env.insert(program.env.end(), setup.fds.env.begin(), setup.fds.env.end());
  TARE_ASSIGN_OR_RETURN(program.path, process::FindProgram(process.args[0], program.env));
  return program;
}

Status Confine(const ProcessSetup& setup, Program& program) {
  if (!program.seccomp_pending) return absl::OkStatus();
  program.seccomp_pending = false;
  kernel::ReserveHeap();
  TARE_RETURN_IF_ERROR(security::InstallSeccomp(*setup.seccomp).status(), "/linux/seccomp");
  return LowerCapabilities(program);
}

Status ConfineNotifying(const ProcessSetup& setup, Program& program, Channel& channel) {
  if (!program.seccomp_pending || !setup.seccomp->notifies) return absl::OkStatus();
  program.seccomp_pending = false;
  kernel::ReserveHeap();
  TARE_ASSIGN_OR_RETURN(program.listener, InstallNotifying(setup, channel));
  // The sender shares our descriptors, so the channel must stay open until it has sent.
  TARE_RETURN_IF_ERROR(channel.Await(Tag::kGo));
  return LowerCapabilities(program);
}

Status RunProgram(const ProcessSetup& setup, Program& program) {
  process::Invocation invocation = process::MakeInvocation(program.path, setup.process.args, program.env);
  if (program.seccomp_pending) process::ExplainInAdvance(invocation);
  TARE_RETURN_IF_ERROR(Confine(setup, program));
  return process::Execute(invocation);
}

}  // namespace tare::setup
