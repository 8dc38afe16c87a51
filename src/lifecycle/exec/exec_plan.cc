#include "lifecycle/exec/exec_plan.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>

#include "kernel/file.h"
#include "lifecycle/exec/exec_process.h"
#include "namespaces/types.h"
#include "security/own_executable.h"

namespace tare::lifecycle {
namespace {

// The filter that create compiled; none if the container has no seccomp profile.
StatusOr<std::optional<security::SeccompProgram>> ReadFilter(const container::Container& container) {
  const StatusOr<std::string> bytes = container.directory.ReadSeccomp();
  if (ErrnoOf(bytes.status()) == ENOENT && !container.record.has_seccomp) return std::nullopt;
  TARE_RETURN_IF_ERROR(bytes.status());
  return security::ParseSeccomp(*bytes);
}

// The container's processes must not see ours before the stub has replaced it (security/own_executable.h).
// The listener of a filter is passed on by our own code.
security::DoorSuffices Suffices(const container::Record& record, uint64_t namespaces, bool notifies) {
  const bool suffices = record.own_pid_namespace && (namespaces & CLONE_NEWUSER) == 0 && !notifies;
  return suffices ? security::DoorSuffices::kYes : security::DoorSuffices::kNo;
}

}  // namespace

StatusOr<ExecPlan> MakeExecPlan(const container::Container& container, const ExecOptions& options) {
  ExecPlan plan;
  TARE_ASSIGN_OR_RETURN(plan.config, container.directory.LoadConfig());
  TARE_ASSIGN_OR_RETURN(spec::Process process, ExecProcess(plan.config, options));
  TARE_ASSIGN_OR_RETURN(std::optional<security::SeccompProgram> filter, ReadFilter(container));
  for (spec::NamespaceType type : container.record.namespaces) plan.namespaces |= namespaces::CloneFlag(type);
  TARE_ASSIGN_OR_RETURN(
      plan.door, security::OpenDoor(Suffices(container.record, plan.namespaces, filter && filter->notifies)));
  TARE_ASSIGN_OR_RETURN(plan.setup, setup::MakeProcessSetup(std::move(process), plan.config.platform,
                                                            std::move(filter), options.preserve_fds));
  if (!container.record.chrooted) return plan;
  TARE_ASSIGN_OR_RETURN(plan.root, kernel::Open(absl::StrCat("/proc/", container.record.init_pid, "/root"),
                                                O_PATH | O_DIRECTORY));
  return plan;
}

}  // namespace tare::lifecycle
