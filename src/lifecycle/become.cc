#include "lifecycle/become.h"

#include <sys/prctl.h>

#include <cerrno>

#include "kernel/process.h"
#include "process/identity.h"
#include "process/program.h"
#include "security/lsm.h"

namespace tare::lifecycle {
namespace {

constexpr mode_t kDefaultUmask = 0022;  // images rely on it; runc and crun set it, too

// As late as possible, for the filter also binds what we do after it: with no_new_privs any process may
// install one, so it comes last. Without, it takes CAP_SYS_ADMIN, which only we still have. One with a
// listener has to come while the runtime is there to pass that on.
enum class SeccompMoment { kNever, kBeforeDropping, kBeforeReady, kLast };

SeccompMoment WhenSeccomp(const Becoming& becoming) {
  if (!becoming.has_seccomp) return SeccompMoment::kNever;
  if (!becoming.process.no_new_privileges) return SeccompMoment::kBeforeDropping;
  return becoming.seccomp.notifies ? SeccompMoment::kBeforeReady : SeccompMoment::kLast;
}

Status InstallSeccomp(const Becoming& becoming, Channel& channel) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd listener, security::InstallSeccomp(becoming.seccomp), "/linux/seccomp");
  if (!listener) return absl::OkStatus();
  return channel.Tell(Tag::kListener, "", {listener.get()});
}

Status DropPrivileges(const Becoming& becoming) {
  const spec::Process& process = becoming.process;
  // As root first: what follows may take the right to enter it (a home folder of mode 0700 with --user).
  TARE_ASSIGN_OR_RETURN(process::Entered entered, process::EnterWorkingDirectory(process.cwd));
  TARE_RETURN_IF_ERROR(security::DropBounding(becoming.capabilities));
  process::OwnStandardStreams(process.user.uid);
  TARE_RETURN_IF_ERROR(process::BecomeUser(process.user, kDefaultUmask), "/process/user");
  if (entered == process::Entered::kNotPermitted) {
    TARE_ASSIGN_OR_RETURN(entered, process::EnterWorkingDirectory(process.cwd));
  }
  if (entered == process::Entered::kNotPermitted)
    return ErrnoError(EACCES, absl::StrCat("chdir to cwd (\"", process.cwd, "\") set in config.json failed"));
  return Annotate(security::ApplyCapabilities(becoming.capabilities), "/process/capabilities");
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
