// The story of exec: one clone, one setns(2) into all namespaces, and the same last steps as init's.
#include "lifecycle/exec/exec.h"

#include <linux/sched.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/step.h"
#include "container/container.h"
#include "kernel/procfs.h"
#include "lifecycle/exec/exec_cgroup.h"
#include "lifecycle/exec/exec_child.h"
#include "lifecycle/exec/exec_plan.h"
#include "lifecycle/foreground.h"
#include "process/attributes.h"
#include "resctrl/group.h"
#include "setup/console.h"
#include "setup/parent.h"

namespace tare::lifecycle {
namespace {

Status CheckExecutable(const container::Container& container, const ExecOptions& options) {
  if (!container.alive()) return absl::FailedPreconditionError("cannot exec in a stopped container");
  if (container.status == spec::ContainerStatus::kPaused && !options.ignore_paused)
    return absl::FailedPreconditionError(
        "cannot exec in a paused container (use --ignore-paused to override)");
  return absl::OkStatus();
}

// The parent's side, from the plan to the program that runs.
class Execution : private setup::Parent::Story {
 public:
  Execution(const Runtime& runtime, const ExecOptions& options, const container::Container& container,
            ExecPlan plan, setup::Console console)
      : runtime_(runtime),
        options_(options),
        container_(container),
        plan_(std::move(plan)),
        cgroup_(container),
        parent_(std::move(console)) {}

  StatusOr<ChildProcess> Run() {
    TARE_RETURN_IF_ERROR(cgroup_.Open(options_.cgroups));
    TARE_RETURN_IF_ERROR(Prepare());
    TARE_RETURN_IF_ERROR(Spawn());
    TARE_RETURN_IF_ERROR(parent_.Serve(*this, plan_.config.platform.seccomp));
    TARE_RETURN_IF_ERROR(setup::ReportPid(parent_.child(), options_.pid_file, options_.pidfd_socket));
    return ChildProcess{.process = parent_.Release(), .master = parent_.TakeMaster()};
  }

 private:
  // What the child inherits, or what must be so before the container can see it.
  Status Prepare() {
    TARE_RETURN_IF_ERROR(kernel::Procfs::Get().status());
    const auto& affinity = plan_.setup.process.exec_cpu_affinity;
    if (affinity) TARE_RETURN_IF_ERROR(process::SetCpuAffinity(0, affinity->initial));
    TARE_RETURN_IF_ERROR(process::PassOnOomScore(plan_.setup.process));
    // The container sees the child from its first instruction on (CVE-2016-9962).
    return kernel::BecomeUndumpable();
  }

  Status Spawn() {
    TARE_STEP("clone the process into the container's cgroup");
    TARE_ASSIGN_OR_RETURN(auto ends, setup::ChannelPair());
    ExecChildInput input{.plan = &plan_,
                         .container = &container_,
                         .entry_fds = cgroup_.TakeEntryFds(),
                         .channel = &ends.second,
                         .parents_end = &ends.first};
    // In a user namespace that is not ours we lack the permission. The child then joins it and
    // clones once more. So does the stub, because no process of the container may see us.
    input.in_pid_namespace =
        !plan_.door && plan_.joins(CLONE_NEWPID) && setns(container_.init.get(), CLONE_NEWPID) == 0;
    const auto body = [&input] { return RunExecChild(input); };
    StatusOr<kernel::Child> child = kernel::Spawn({.cgroup = cgroup_.directory()}, body);
    if (const int error = ErrnoOf(child.status()); error == EBUSY || error == ENODEV) {
      TARE_RETURN_IF_ERROR(cgroup_.OpenInits(child.status()));
      input.entry_fds = cgroup_.TakeEntryFds();
      child = kernel::Spawn({.cgroup = cgroup_.directory()}, body);
    }
    // A user may move a process only between cgroups of one delegated subtree
    // (cgroups(7), "Delegation containment").
    if (ErrnoOf(child.status()) == EACCES) {
      enters_from_outside_ = true;
      child = kernel::Spawn({}, body);
    }
    TARE_RETURN_IF_ERROR(child.status());
    parent_.Begin(*std::move(child), std::move(ends.first));
    return absl::OkStatus();
  }

  Status OnSecondClone() override { return parent_.Send(setup::Tag::kAdopted); }

  Status OnContained() override {
    const spec::Process& process = plan_.setup.process;
    if (enters_from_outside_)
      TARE_RETURN_IF_ERROR(cgroup_.EnterFromOutside(parent_.child().pid, runtime_.rootless));
    TARE_RETURN_IF_ERROR(EnterResctrlGroup());
    TARE_RETURN_IF_ERROR(parent_.SetAttributes(process, plan_.config,
                                               process.exec_cpu_affinity.value_or(spec::ExecCpuAffinity{})));
    return parent_.Send(setup::Tag::kGo);
  }

  // As under runc, a group that was removed meanwhile is not an error.
  Status EnterResctrlGroup() {
    const auto& record = container_.record;
    if (record.rdt_control.empty() || access(record.rdt_control.c_str(), F_OK) != 0) return absl::OkStatus();
    const pid_t pid = parent_.child().pid;
    return Annotate(resctrl::Enter({.control = record.rdt_control, .monitor = record.rdt_monitor}, pid),
                    "error adding pid ", pid, " to Intel RDT");
  }

  spec::State StateForAgent() const override { return StateOf(container_); }

  Status OnEnd() override {
    if (!plan_.setup.seccomp || parent_.HasExecuted()) return absl::OkStatus();
    return parent_.WhyChildDied("the process");
  }

  const Runtime& runtime_;
  const ExecOptions& options_;
  const container::Container& container_;
  const ExecPlan plan_;
  ExecCgroup cgroup_;
  bool enters_from_outside_ = false;
  setup::Parent parent_;
};

StatusOr<ChildProcess> Execute(const Runtime& runtime, const ExecOptions& options, bool relayed) {
  TARE_ASSIGN_OR_RETURN(const container::Container container, container::Load(runtime.root, options.id));
  TARE_RETURN_IF_ERROR(CheckExecutable(container, options));
  TARE_ASSIGN_OR_RETURN(ExecPlan plan, MakeExecPlan(container, options));
  TARE_RETURN_IF_ERROR(
      setup::CheckConsole(plan.setup.process.terminal, options.detach, options.console_socket));
  Execution execution(runtime, options, container, std::move(plan),
                      {.socket = options.console_socket, .relayed = relayed});
  TARE_ASSIGN_OR_RETURN(ChildProcess child, execution.Run(), "unable to start container process");
  return child;
}

}  // namespace

StatusOr<ChildProcess> ExecInWorker(const Runtime& runtime, const ExecOptions& options) {
  return Execute(runtime, options, /*relayed=*/false);
}

StatusOr<int> Exec(const Runtime& runtime, const ExecOptions& options) {
  std::optional<Foreground> foreground;
  if (!options.detach) TARE_RETURN_IF_ERROR(foreground.emplace().Begin(Subreaper::kNo));
  TARE_ASSIGN_OR_RETURN(ChildProcess child, Execute(runtime, options, /*relayed=*/true));
  if (!foreground) return 0;
  return foreground->Wait(child.process, std::move(child.master));
}

}  // namespace tare::lifecycle
