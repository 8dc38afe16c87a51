#include "lifecycle/exec/exec_child.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/step.h"
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
    TARE_RETURN_IF_ERROR(JoinNamespaces());
    const auto groups =
        plan_.setup.process.user.keeps_groups ? namespaces::Groups::kKeep : namespaces::Groups::kDrop;
    if (plan_.joins(CLONE_NEWUSER)) TARE_RETURN_IF_ERROR(namespaces::BecomeRootInside({}, {}, groups));
    log::Debug("child process in init(): it is in the container's namespaces");
    if (plan_.setup.process.terminal) TARE_RETURN_IF_ERROR(OpenTerminal(), "/process/terminal");
    TARE_ASSIGN_OR_RETURN(setup::Program program, setup::SetUpProcess(plan_.setup, Act(), ""));
    log::Debug("setns_init: about to exec");  // not later: a filter may forbid it
    if (plan_.door) return setup::RunThroughDoor(plan_.setup, program, *plan_.door);
    TARE_RETURN_IF_ERROR(setup::TakeIdentity(program));
    TARE_RETURN_IF_ERROR(setup::ConfineNotifying(plan_.setup, program, channel_));
    return setup::RunProgram(plan_.setup, program);
  }

 private:
  Status JoinNamespaces() {
    TARE_STEP("join the namespaces of process ", container_.record.init_pid);
    // One call for all of them (Linux 5.8). They are those of init, whichever process has its pid by now.
    const int flags = static_cast<int>(plan_.namespaces & ~uint64_t{CLONE_NEWPID});
    if (flags != 0 && setns(container_.init.get(), flags) != 0) return ErrnoError(errno, "setns(init)");
    if (!plan_.root) return absl::OkStatus();
    if (fchdir(plan_.root.get()) != 0 || chroot(".") != 0) return ErrnoError(errno, "chroot");
    return absl::OkStatus();
  }

  // What a process of exec does last, besides what its process.json says. It clones again in the container's
  // pid namespace if it is not there by now.
  door::Act Act() const {
    const bool outside = plan_.joins(CLONE_NEWPID) && !input_.in_pid_namespace;
    return {.channel = channel_.fd(),
            .init = outside ? container_.init.get() : -1,
            .sends_contained = true,
            .new_session = true,
            .takes_terminal = plan_.setup.process.terminal};
  }

  Status OpenTerminal() {
    TARE_ASSIGN_OR_RETURN(const kernel::Fd root, kernel::Open("/", O_PATH | O_DIRECTORY));
    return setup::TakeTerminal(plan_.setup.process, root.get(), setup::ConsoleMount::kNo, channel_,
                               setup::Controlling::kLater);
  }

  const ExecChildInput& input_;
  const ExecPlan& plan_;
  const container::Container& container_;
  setup::Channel& channel_;
};

}  // namespace

int RunExecChild(const ExecChildInput& input) {
  log::NameProcess("process");
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
