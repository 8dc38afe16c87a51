#include "lifecycle/destroy.h"

#include <signal.h>

#include <set>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/step.h"
#include "cgroup/process_cgroups.h"
#include "connect/connect.h"
#include "kernel/mount.h"
#include "kernel/process.h"
#include "kernel/wait.h"
#include "lifecycle/runtime_hooks.h"
#include "resctrl/group.h"

namespace tare::lifecycle {
namespace {

constexpr absl::Duration kUsualDeath = absl::Milliseconds(100);
constexpr absl::Duration kDeathTimeout = absl::Seconds(10);

StatusOr<bool> Dies(const container::Container& container, absl::Duration within) {
  return kernel::WaitReadable(container.init.get(), kernel::Deadline::After(within));
}

Status WaitForDeath(const container::Container& container) {
  TARE_STEP("wait for the end of process ", container.record.init_pid);
  TARE_ASSIGN_OR_RETURN(bool died, Dies(container, kUsualDeath));
  if (died) return absl::OkStatus();
  // Somebody may have moved it into a cgroup that is frozen.
  TARE_RETURN_IF_ERROR(cgroup::ThawProcess(container.record.init_pid, container.record.cgroup_paths));
  TARE_ASSIGN_OR_RETURN(died, Dies(container, kDeathTimeout));
  if (died) return absl::OkStatus();
  return absl::DeadlineExceededError("the init process is still running 10 s after SIGKILL");
}

// Init's death takes a pid namespace of its own with it; else the cgroup tells who is left.
Status KillAll(container::Container& container) {
  if (container.alive()) {
    TARE_STEP("killing process ", container.record.init_pid);
    // Without the signal, or the thaw, there would be no death to wait for.
    Status sent = kernel::PidfdSendSignal(container.init.get(), SIGKILL);
    if (ErrnoOf(sent) != ESRCH) TARE_RETURN_IF_ERROR(std::move(sent), "killing the init process");
    // A frozen process dies when it thaws.
    Status thawed = container.cgroup->Thaw();
    if (container.status == spec::ContainerStatus::kPaused) TARE_RETURN_IF_ERROR(std::move(thawed));
  }
  if (!container.record.own_pid_namespace) {
    if (container.has_cgroup())
      TARE_RETURN_IF_ERROR(container.cgroup->SignalAll(SIGKILL));
    else if (container.alive())
      log::Warning("container ", container.record.id,
                   " has no cgroup: only its init process is known and is killed");
  }
  if (!container.alive()) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(WaitForDeath(container));
  container.init.Close();
  return absl::OkStatus();
}

struct Poststop {
  std::vector<spec::Hook> hooks;
  spec::HookFiles files;
};

Poststop PoststopHooks(const container::Container& container) {
  if (!container.record.has_poststop_hooks) return {};
  StatusOr<spec::Config> config = container.directory.LoadConfig();
  if (config.ok()) return {.hooks = config->hooks.poststop, .files = config->hook_files};
  log::Warning("the poststop hooks of container ", container.record.id,
               " cannot be run: ", config.status().message());
  return {};
}

// What a container without a mount namespace of its own has mounted. If somebody has unmounted it, what is
// there now is theirs.
Status DetachRootfs(const container::Record& record) {
  if (record.rootfs_mount == 0) return absl::OkStatus();
  const StatusOr<uint64_t> now = kernel::MountIdAt(record.rootfs);
  if (!now.ok() || *now != record.rootfs_mount) return absl::OkStatus();
  TARE_STEP("unmount ", record.rootfs);
  return kernel::DetachMountAt(record.rootfs);
}

std::string InWords(const container::Container& remains) {
  std::vector<std::string> words;
  if (remains.directory.exists()) words.push_back(absl::StrCat("the directory ", remains.directory.path()));
  std::set<std::string> cgroups;
  for (const auto& [controller, path] : remains.record.cgroup_paths) cgroups.insert(path);
  if (!cgroups.empty()) words.push_back(absl::StrCat("the cgroups ", absl::StrJoin(cgroups, ", ")));
  if (!remains.record.rdt_owned.empty())
    words.push_back(absl::StrCat("the resctrl groups ", absl::StrJoin(remains.record.rdt_owned, ", ")));
  std::vector<pid_t> pids = remains.cgroup->Pids().value_or(std::vector<pid_t>());
  if (pids.empty() && remains.alive()) pids.push_back(remains.record.init_pid);
  if (!pids.empty()) words.push_back(absl::StrCat("the processes ", absl::StrJoin(pids, ", ")));
  return absl::StrJoin(words, "; ");
}

// Whether the record names all networks that plugins may have been called for: it does once the container has
// been created.
enum class Networks { kNamed, kUnknown };

Status DestroyAll(container::Container& container, Networks networks) {
  const container::Record& record = container.record;
  TARE_RETURN_IF_ERROR(KillAll(container));
  log::Debug("all processes of container ", record.id, " have exited; removing its cgroup and ",
             container.directory.path());
  connect::Disconnect(container.directory.root(), record);
  if (networks == Networks::kUnknown && record.networks.empty())
    connect::Release(container.directory.root(), record.id);
  TARE_RETURN_IF_ERROR(DetachRootfs(record));
  TARE_RETURN_IF_ERROR(container.cgroup->Remove());
  TARE_RETURN_IF_ERROR(resctrl::Remove(record.rdt_owned));
  const Poststop poststop = PoststopHooks(container);
  TARE_RETURN_IF_ERROR(container.directory.Remove());
  container.status = spec::ContainerStatus::kStopped;
  RunPoststop(poststop.hooks, StateOf(container), poststop.files);
  return absl::OkStatus();
}

Status DestroyRemains(const Runtime& runtime, const std::string& id) {
  StatusOr<container::Remains> remains = container::LoadRemains(runtime.root, id);
  if (absl::IsNotFound(remains.status())) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(remains.status());
  container::Container& container = remains->container;
  // Else its creator has only begun.
  if (container.directory.was_used() || container.has_cgroup() || !container.record.rdt_owned.empty()) {
    log::Warning("container ", id, ": ", remains->why, "; removing ", InWords(container));
    if (!container.directory.was_used())
      log::Warning("container ", id, ": its poststop hooks, if any, are unknown and will not run");
    if (!container.has_cgroup())
      log::Warning("container ", id,
                   ": no cgroup is marked as its own: processes that it left behind cannot be found");
  }
  return DestroyAll(container, Networks::kUnknown);
}

}  // namespace

Status Destroy(container::Container& container) {
  const bool interrupted = container.directory.creating().value_or(true);
  return DestroyAll(container, interrupted ? Networks::kUnknown : Networks::kNamed);
}

Status Destroy(const Runtime& runtime, const std::string& id) {
  StatusOr<container::Container> container = container::Load(runtime.root, id);
  if (absl::IsNotFound(container.status()) || absl::IsDataLoss(container.status()))
    return DestroyRemains(runtime, id);
  TARE_RETURN_IF_ERROR(container.status());
  return Destroy(*container);
}

}  // namespace tare::lifecycle
