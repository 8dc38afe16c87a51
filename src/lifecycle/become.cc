#include "lifecycle/become.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "process/identity.h"
#include "process/program.h"
#include "security/capabilities.h"
#include "security/lsm.h"

namespace tare::lifecycle {
namespace {

// As late as possible, for the filter also binds what we do after it: with no_new_privs any process may
// install one, so it comes last. Without, it takes CAP_SYS_ADMIN, which only we still have. One with a
// listener has to come while the runtime is there to pass that on.
enum class SeccompMoment { kNever, kBeforeDropping, kBeforeReady, kLast };

SeccompMoment WhenSeccomp(const Becoming& becoming) {
  if (!becoming.has_seccomp) return SeccompMoment::kNever;
  if (!becoming.process.no_new_privileges) return SeccompMoment::kBeforeDropping;
  return becoming.seccomp.notifies ? SeccompMoment::kBeforeReady : SeccompMoment::kLast;
}

bool IsListener(const kernel::Procfs& procfs, int fd) {
  char target[64];
  const ssize_t length = readlinkat(procfs.fd(), absl::StrCat("self/fd/", fd).c_str(), target, sizeof target);
  return length > 0 && absl::string_view(target, static_cast<size_t>(length)) == "anon_inode:seccomp notify";
}

int SendWhenThere(int listener, Channel& channel) {
  StatusOr<const kernel::Procfs*> procfs = kernel::Procfs::Get();
  if (!procfs.ok()) return 1;
  const timespec pause{.tv_sec = 0, .tv_nsec = 20'000};
  while (!IsListener(**procfs, listener)) nanosleep(&pause, nullptr);
  return channel.Tell(Tag::kListener, "", {listener}).ok() ? 0 : 1;
}

// The filter may notify of sendmsg(2), too: a process under it could then not send its own listener, and
// would wait for ever. So a process that is not under it, but has the same descriptors, does.
Status InstallNotifying(const Becoming& becoming, Channel& channel) {
  // The lowest free number, kept until the listener takes it.
  TARE_ASSIGN_OR_RETURN(kernel::Fd reserved, kernel::Duplicate(STDIN_FILENO));
  const int number = reserved.get();
  TARE_ASSIGN_OR_RETURN(const kernel::Child sender, kernel::Spawn({.flags = CLONE_FILES}, [&] {
                          return SendWhenThere(number, channel);
                        }));
  reserved.Close();
  StatusOr<kernel::Fd> listener = security::InstallSeccomp(becoming.seccomp);
  if (!listener.ok()) (void)kernel::PidfdSendSignal(sender.pidfd.get(), SIGKILL);
  TARE_ASSIGN_OR_RETURN(const int sent, kernel::Wait(sender));
  TARE_RETURN_IF_ERROR(listener.status(), "/linux/seccomp");
  return sent == 0 ? absl::OkStatus() : absl::InternalError("the seccomp listener could not be sent");
}

Status InstallSeccomp(const Becoming& becoming, Channel& channel) {
  if (becoming.seccomp.notifies) return InstallNotifying(becoming, channel);
  return Annotate(security::InstallSeccomp(becoming.seccomp).status(), "/linux/seccomp");
}

Status DropPrivileges(const Becoming& becoming) {
  const spec::Process& process = becoming.process;
  // Of this process: in a user namespace it may grant more than the runtime could.
  const security::CapabilitySets capabilities = security::Capabilities(process);
  // As root first: what follows may take the right to enter it (a home folder of mode 0700 with --user).
  TARE_ASSIGN_OR_RETURN(process::Entered entered, process::EnterWorkingDirectory(process.cwd));
  TARE_RETURN_IF_ERROR(security::DropBounding(capabilities));
  process::OwnStandardStreams(process.user.uid);
  TARE_RETURN_IF_ERROR(process::BecomeUser(process.user, kDefaultUmask), "/process/user");
  if (entered == process::Entered::kNotPermitted) {
    TARE_ASSIGN_OR_RETURN(entered, process::EnterWorkingDirectory(process.cwd));
  }
  if (entered == process::Entered::kNotPermitted)
    return ErrnoError(EACCES, absl::StrCat("chdir to cwd (\"", process.cwd, "\") set in config.json failed"));
  return Annotate(security::ApplyCapabilities(capabilities), "/process/capabilities");
}

}  // namespace

StatusOr<Program> Become(const Becoming& becoming, Channel& channel) {
  const spec::Process& process = becoming.process;
  const SeccompMoment moment = WhenSeccomp(becoming);
  TARE_RETURN_IF_ERROR(security::SetApparmorProfile(process.apparmor_profile));
  TARE_RETURN_IF_ERROR(security::SetSelinuxLabel(process.selinux_label));
  // Everything that we opened closes on exec already; this is for what we did not open (CVE-2024-21626).
  TARE_RETURN_IF_ERROR(kernel::CloseOnExecFrom(becoming.first_closed_fd));
  if (process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return ErrnoError(errno, "prctl(PR_SET_NO_NEW_PRIVS)");
  if (moment == SeccompMoment::kBeforeDropping) TARE_RETURN_IF_ERROR(InstallSeccomp(becoming, channel));
  TARE_RETURN_IF_ERROR(DropPrivileges(becoming));
  if (moment == SeccompMoment::kBeforeReady) TARE_RETURN_IF_ERROR(InstallSeccomp(becoming, channel));

  Program program{.env = process::CompleteEnvironment(process.env, process.user.uid),
                  .seccomp_pending = moment == SeccompMoment::kLast};
  program.env.insert(program.env.end(), becoming.listen_env.begin(), becoming.listen_env.end());
  TARE_ASSIGN_OR_RETURN(program.path, process::FindProgram(process.args[0], program.env));
  return program;
}

Status RunProgram(const Becoming& becoming, const Program& program) {
  if (program.seccomp_pending)
    TARE_RETURN_IF_ERROR(security::InstallSeccomp(becoming.seccomp).status(), "/linux/seccomp");
  return process::Execute(program.path, becoming.process.args, program.env);
}

}  // namespace tare::lifecycle
