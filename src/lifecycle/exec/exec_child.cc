#include "lifecycle/exec/exec_child.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "cgroup/manager.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/signals.h"
#include "namespaces/id_map.h"
#include "process/attributes.h"
#include "security/keyring.h"
#include "setup/console.h"

namespace tare::lifecycle {
namespace {

class ExecChild {
 public:
  explicit ExecChild(const ExecChildInput& input)
      : input_(input), plan_(*input.plan), container_(*input.container), channel_(*input.channel) {}

  // From the runtime's namespaces to the program. Returns only an error.
  Status Run() {
    // In the words of runc's log, which scripts look for.
    log::Debug("nsexec container setup: entering the namespaces of process ", container_.record.init_pid);
    TARE_RETURN_IF_ERROR(cgroup::EnterThrough(input_.entry_fds), "entering the cgroup");
    TARE_RETURN_IF_ERROR(security::JoinSessionKeyring(container_.record.id, ""));
    const bool in_pid_namespace = input_.in_pid_namespace || !plan_.joins(CLONE_NEWPID);
    TARE_RETURN_IF_ERROR(JoinNamespaces());
    if (plan_.joins(CLONE_NEWUSER)) TARE_RETURN_IF_ERROR(namespaces::BecomeRootInside({}, {}));
    return in_pid_namespace ? BecomeProgram() : CloneAgain();
  }

 private:
  Status JoinNamespaces() {
    const uint64_t joined = input_.in_pid_namespace ? uint64_t{CLONE_NEWPID} : 0;
    // One call for all of them (Linux 5.8). They are those of init, whichever process has its pid by now.
    const int flags = static_cast<int>(plan_.namespaces & ~joined);
    if (flags != 0 && setns(container_.init.get(), flags) != 0) return ErrnoError(errno, "setns(init)");
    if (!plan_.root) return absl::OkStatus();
    if (fchdir(plan_.root.get()) != 0 || chroot(".") != 0) return ErrnoError(errno, "chroot");
    return absl::OkStatus();
  }

  // The pid namespace that we joined is only for our children.
  Status CloneAgain() {
    TARE_ASSIGN_OR_RETURN(const kernel::Child program, kernel::Spawn({.flags = CLONE_PARENT}, [this] {
                            return SendAndExit(BecomeAdopted());
                          }));
    TARE_RETURN_IF_ERROR(channel_.Send(setup::Tag::kSecondClone, absl::StrCat(program.pid)));
    _exit(0);
  }

  // What this process sends is about itself, so the parent has to know first that it is not the
  // one it cloned.
  Status BecomeAdopted() {
    TARE_RETURN_IF_ERROR(channel_.Expect(setup::Tag::kAdopted).status());
    return BecomeProgram();
  }

  // In all of the container's namespaces.
  Status BecomeProgram() {
    log::Debug("child process in init(): it is in the container's namespaces");
    if (setsid() < 0) return ErrnoError(errno, "setsid");
    if (plan_.setup.process.terminal) TARE_RETURN_IF_ERROR(OpenTerminal(), "/process/terminal");
    TARE_RETURN_IF_ERROR(channel_.Send(setup::Tag::kContained));
    TARE_RETURN_IF_ERROR(channel_.Expect(setup::Tag::kGo).status());
    TARE_ASSIGN_OR_RETURN(setup::Program program, setup::SetUpProcess(plan_.setup));
    log::Debug("setns_init: about to exec");  // not later: a filter may forbid it
    TARE_RETURN_IF_ERROR(setup::ConfineNotifying(plan_.setup, program, channel_));
    return setup::RunProgram(plan_.setup, program);
  }

  Status OpenTerminal() {
    TARE_ASSIGN_OR_RETURN(const kernel::Fd root, kernel::Open("/", O_PATH | O_DIRECTORY));
    return setup::TakeTerminal(plan_.setup.process, root.get(), setup::ConsoleMount::kNo, channel_);
  }

  int SendAndExit(const Status& status) {
    channel_.SendFailure(status);
    return 1;
  }

  const ExecChildInput& input_;
  const ExecPlan& plan_;
  const container::Container& container_;
  setup::Channel& channel_;
};

}  // namespace

int RunExecChild(const ExecChildInput& input) {
  input.parents_end->Close();
  kernel::ResetSignals();
  // In the words of runc's log, which scripts look for.
  if (log::Enabled(log::Level::kDebug))
    log::Debug("nsexec[", getpid(), "]: affinity: ", process::CpuAffinity());
  const Status status = ExecChild(input).Run();
  input.channel->SendFailure(status);
  return 1;
}

}  // namespace tare::lifecycle
