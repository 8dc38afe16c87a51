#include "lifecycle/exec/exec_cgroup.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "base/log.h"
#include "cgroup/privilege.h"
#include "cgroup/process_cgroups.h"
#include "cgroup/select.h"
#include "container/cgroup.h"
#include "kernel/process.h"

namespace tare::lifecycle {
namespace {

// The first of the cgroups named by --cgroup that does not exist. The error has runc's words, too, which
// scripts look for; they name our pid, because the process does not exist yet.
Status FirstMissing(const cgroup::Paths& paths, const Status& why) {
  Status missing = Annotate(why, "--cgroup");
  for (const auto& [controller, path] : paths) {
    if (access(path.c_str(), F_OK) == 0) continue;
    missing = ErrnoError(ENOENT, absl::StrCat("--cgroup: open ", path, "/cgroup.procs"));
    break;
  }
  return Annotate(missing, "error adding pid ", getpid(), " to cgroups");
}

}  // namespace

Status ExecCgroup::Open(const std::vector<std::string>& arguments) {
  TARE_ASSIGN_OR_RETURN(const cgroup::Paths paths,
                        cgroup::PathsBelow(container_.record.cgroup_paths, arguments));
  if (arguments.empty() && InitHasMovedBelow())
    return OpenInits(absl::FailedPreconditionError("init has moved below the container's cgroup"));
  Status opened = OpenPaths(paths, container_.record.systemd_cgroup);
  if (ErrnoOf(opened) != ENOENT) return opened;
  return arguments.empty() ? OpenInits(opened) : FirstMissing(paths, opened);
}

// An init system moves its processes below the container's cgroup, in order to enable controllers there. A
// process that exec added to the cgroup itself would prevent that (cgroups(7), "no internal processes"). An
// unprivileged user may have no permission for another cgroup than the one that systemd moves processes into.
bool ExecCgroup::InitHasMovedBelow() const {
  const cgroup::Paths& own = container_.record.cgroup_paths;
  const auto unified = own.find("");
  if (own.size() != 1 || unified == own.end() || geteuid() != 0) return false;  // v1 has no such rule
  const StatusOr<cgroup::Paths> now = cgroup::CgroupsOfProcess(container_.record.init_pid, own);
  return now.ok() && absl::StartsWith(now->at(""), absl::StrCat(unified->second, "/"));
}

Status ExecCgroup::OpenInits(const Status& why) {
  TARE_ASSIGN_OR_RETURN(const cgroup::Paths paths,
                        cgroup::CgroupsOfProcess(container_.record.init_pid, container_.record.cgroup_paths),
                        why.message());
  // If init is still alive, its pid was not another process's meanwhile.
  TARE_RETURN_IF_ERROR(kernel::PidfdSendSignal(container_.init.get(), 0), "init has ended");
  log::Debug(why.message(), ": entering the cgroup that init is in");
  return OpenPaths(paths, /*systemd=*/false);
}

Status ExecCgroup::OpenPaths(const cgroup::Paths& paths, bool systemd) {
  cgroup_ = container::ExistingCgroup(paths, systemd);
  TARE_ASSIGN_OR_RETURN(entry_fds_, cgroup_->OpenEntryFds());
  TARE_ASSIGN_OR_RETURN(directory_, cgroup_->OpenForClone());
  return absl::OkStatus();
}

Status ExecCgroup::EnterFromOutside(pid_t pid, bool rootless) {
  Status entered = cgroup_->Enter(pid);
  if (entered.ok()) return entered;
  if (!cgroup::IsDenied(entered) || !rootless) return Annotate(entered, "entering the cgroup");
  log::Warning(
      "the process stays outside the cgroup of container ", container_.record.id,
      ": this shell is not in a cgroup that is delegated to the user (run tare with systemd-run --user)");
  return absl::OkStatus();
}

}  // namespace tare::lifecycle
