#include "lifecycle/commands/control.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "cgroup/device_rules.h"
#include "container/container.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "lifecycle/commands/removal.h"
#include "resctrl/group.h"
#include "resctrl/mount.h"
#include "spec/rules.h"

namespace tare::lifecycle {
namespace {

using container::Container;
using spec::ContainerStatus;

// A static program has no name service: the file tells.
std::string LookUpUser(uid_t uid) {
  StatusOr<std::string> passwd = kernel::ReadRegular("/etc/passwd", 1 << 20);
  if (!passwd.ok()) return absl::StrCat("#", uid);
  for (absl::string_view line : absl::StrSplit(*passwd, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 3));
    uid_t id = 0;
    if (fields.size() > 2 && absl::SimpleAtoi(fields[2], &id) && id == uid) return std::string(fields[0]);
  }
  return absl::StrCat("#", uid);
}

// Once for all containers of an owner.
std::string UserName(uid_t uid) {
  static std::map<uid_t, std::string> names;
  const auto [name, is_new] = names.try_emplace(uid);
  if (is_new) name->second = LookUpUser(uid);
  return name->second;
}

Listing ListingOf(const Container& container) {
  const spec::Record& record = container.record;
  return {.state = StateOf(container),
          .details = {.rootfs = record.rootfs, .created = record.created, .owner = UserName(record.owner)}};
}

Status SignalInit(Container& container, int signal) {
  if (!container.alive()) return container::NotRunning(container.record.id);
  log::Debug("sending signal ", signal, " to process ", container.record.init_pid);
  Status sent = kernel::PidfdSendSignal(container.init.get(), signal);
  if (ErrnoOf(sent) == ESRCH) return container::NotRunning(container.record.id);
  TARE_RETURN_IF_ERROR(sent);
  // A frozen process dies when it thaws.
  if (signal == SIGKILL && container.status == ContainerStatus::kPaused) return container.cgroup->Thaw();
  return absl::OkStatus();
}

// A directory whose creator has just begun, or has died early; or it has gone meanwhile.
bool IsNoContainer(const Runtime& runtime, const std::string& id, const Status& why) {
  if (!absl::IsNotFound(why)) return false;
  StatusOr<container::Directory> directory = container::Directory::Open(runtime.root, id);
  return !directory.ok() || !directory->was_used();
}

StatusOr<std::vector<std::string>> ListIds(const Runtime& runtime) {
  StatusOr<std::vector<std::string>> ids = container::ListIds(runtime.root);
  if (ErrnoOf(ids.status()) == ENOENT && runtime.root_by_default) return std::vector<std::string>();
  return ids;
}

// Nothing: there is no container, or none that can be read, which is said.
std::optional<Container> LoadOrWarn(const Runtime& runtime, const std::string& id) {
  StatusOr<Container> container = container::Load(runtime.root, id);
  if (container.ok()) return *std::move(container);
  if (!IsNoContainer(runtime, id, container.status()))
    log::Warning("load container ", id, ": ", container.status().message());
  return std::nullopt;
}

// Whether init, which has not ended, is in another cgroup than those that `pids` are in: it was moved.
bool IsInitApart(const Container& container, const std::vector<pid_t>& pids) {
  return container.alive() && std::ranges::find(pids, container.record.init_pid) == pids.end();
}

Status SignalEveryone(Container& container, int signal) {
  TARE_ASSIGN_OR_RETURN(const std::vector<pid_t> pids, container.cgroup->Pids());
  log::Debug("sending signal ", signal, " to ", pids.size(), " processes in the cgroup");
  if (!pids.empty()) TARE_RETURN_IF_ERROR(container.cgroup->SignalAll(signal));
  if (pids.empty() || IsInitApart(container, pids)) return SignalInit(container, signal);
  return absl::OkStatus();
}

StatusOr<std::vector<pid_t>> Everyone(const Container& container) {
  TARE_ASSIGN_OR_RETURN(std::vector<pid_t> pids, container.cgroup->Pids());
  if (IsInitApart(container, pids)) pids.insert(pids.begin(), container.record.init_pid);
  return pids;
}

// runc's words for a machine without it.
Status CheckRdt(const spec::Record& record, const spec::IntelRdt& rdt, const StatusOr<std::string>& root) {
  const auto has = [&](const char* resource) {
    return root.ok() && access(absl::StrCat(*root, "/info/", resource).c_str(), F_OK) == 0;
  };
  if (!rdt.l3_cache_schema.empty() && !has("L3") && !has("L3CODE"))
    return absl::FailedPreconditionError("Intel RDT/CAT: l3 cache schema is not enabled");
  if (!rdt.mem_bw_schema.empty() && !has("MB"))
    return absl::FailedPreconditionError("Intel RDT/MBA: memory bandwidth schema is not enabled");
  if (record.rdt_control.empty())
    return absl::FailedPreconditionError("the container was created without linux.intelRdt");
  return absl::OkStatus();
}

// Load() takes a container whose freezer cannot be read for one that is not paused; to resume it, that is an
// error.
StatusOr<bool> IsPaused(const Container& container) {
  if (container.status == ContainerStatus::kPaused) return true;
  return container.alive() ? container.cgroup->IsFrozen() : false;
}

}  // namespace

Status Kill(const Runtime& runtime, const std::string& id, int signal, bool all) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  // In a pid namespace of its own, the death of init is everybody's.
  const bool own = container.record.own_pid_namespace;
  const bool everyone = signal == SIGKILL ? !own : all && (container.alive() || !own);
  if (!everyone) return SignalInit(container, signal);
  if (container.has_cgroup()) return SignalEveryone(container, signal);
  log::Warning("container ", id, " has no cgroup: only its init process is signalled");
  return SignalInit(container, signal);
}

Status Delete(const Runtime& runtime, const std::string& id, bool force) {
  StatusOr<Container> container = container::Load(runtime.root, id);
  const bool lost = absl::IsNotFound(container.status()) || absl::IsDataLoss(container.status());
  if (lost && force) return DestroyRemains(runtime, id);
  TARE_RETURN_IF_ERROR(container.status());
  switch (container->status) {
    case ContainerStatus::kStopped:
    case ContainerStatus::kCreated:  // runc deletes it, and containerd counts on that
      return Destroy(*container);
    case ContainerStatus::kCreating:
    case ContainerStatus::kRunning:
    case ContainerStatus::kPaused:
      break;
  }
  if (force) return Destroy(*container);
  return absl::FailedPreconditionError(absl::StrCat(
      "cannot delete container ", id, " that is not stopped: ", spec::StatusName(container->status)));
}

Status Pause(const Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  if (container.status != ContainerStatus::kRunning && container.status != ContainerStatus::kCreated)
    return container::NotRunning(id, container.status);
  log::Debug("freezing the cgroup of container ", id);
  return container.cgroup->Freeze();
}

Status Resume(const Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  TARE_ASSIGN_OR_RETURN(const bool paused, IsPaused(container));
  if (!paused) return absl::FailedPreconditionError("container not paused");
  log::Debug("thawing the cgroup of container ", id);
  return container.cgroup->Thaw();
}

Status Update(const Runtime& runtime, const std::string& id, spec::Resources resources,
              const spec::IntelRdt& rdt) {
  TARE_RETURN_IF_ERROR(spec::Check(resources));
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  if (!container.alive()) return container::NotRunning(id);
  if (!resources.devices.empty()) {
    TARE_ASSIGN_OR_RETURN(const spec::Config config, container.directory.LoadConfig());
    cgroup::DropOverruled(resources.devices, config.platform.devices);
  }
  const bool changes_rdt = rdt != spec::IntelRdt{};
  const StatusOr<std::string> resctrl = changes_rdt ? resctrl::MountPoint() : "";
  if (changes_rdt) TARE_RETURN_IF_ERROR(CheckRdt(container.record, rdt, resctrl));
  log::Debug("writing new limits to the cgroup of container ", id);
  TARE_RETURN_IF_ERROR(container.cgroup->Apply(resources, /*update=*/true));
  return changes_rdt ? resctrl::Change(*resctrl, container.record.rdt_control, rdt) : absl::OkStatus();
}

StatusOr<Listing> State(const Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  return ListingOf(container);
}

StatusOr<std::vector<std::string>> ListNames(const Runtime& runtime) {
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> ids, ListIds(runtime));
  const kernel::Fd root = kernel::Open(runtime.root, O_PATH | O_DIRECTORY).value_or(kernel::Fd());
  std::erase_if(ids, [&](const std::string& id) {
    return !container::HasWholeRecord(root.get(), id) && !LoadOrWarn(runtime, id);
  });
  return ids;
}

StatusOr<std::vector<Listing>> List(const Runtime& runtime) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, ListIds(runtime));
  std::vector<Listing> listings;
  for (const std::string& id : ids)
    if (const std::optional<Container> container = LoadOrWarn(runtime, id))
      listings.push_back(ListingOf(*container));
  return listings;
}

StatusOr<std::vector<pid_t>> Processes(const Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  return Everyone(container);
}

}  // namespace tare::lifecycle
