#include "commands/top.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "container/container.h"
#include "container/store.h"
#include "json/writer.h"
#include "kernel/file.h"
#include "kernel/procfs.h"

namespace tare::commands {
namespace {

bool IsAlive(const container::Record& record) {
  const StatusOr<uint64_t> start = kernel::ProcessStartTime(record.init_pid);
  return start.ok() && *start == record.init_start_time;
}

json::Output Object(const ContainerUsage& container) {
  const stats::Usage& usage = container.usage;
  json::Output object = {{"id", container.id},
                         {"cpuPercent", container.cpu_percent},
                         {"cpu", usage.cpu},
                         {"memory", usage.memory}};
  if (usage.memory_limit != 0) object["memoryLimit"] = usage.memory_limit;
  object["pids"] = usage.pids;
  if (usage.pids_limit != 0) object["pidsLimit"] = usage.pids_limit;
  object["ioRead"] = usage.io_read;
  object["ioWritten"] = usage.io_written;
  return object;
}

}  // namespace

StatusOr<std::vector<std::string>> Top::Ids(const std::string& only) const {
  if (!only.empty()) return std::vector<std::string>{only};
  StatusOr<std::vector<std::string>> ids = container::ListIds(runtime_.root);
  if (ErrnoOf(ids.status()) == ENOENT) return std::vector<std::string>();  // no container was ever created
  return ids;
}

Top::Known* Top::Find(int root, const std::string& id) {
  struct stat st {};
  if (fstatat(root, id.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return nullptr;
  if (const auto found = known_.find(id); found != known_.end() && found->second.directory == st.st_ino)
    return &found->second;
  std::optional<container::Record> record = container::PeekRecord(root, id);
  if (!record) return nullptr;
  Known known{.record = *std::move(record), .directory = st.st_ino, .cpu = 0, .at = absl::InfinitePast()};
  return &known_.insert_or_assign(id, std::move(known)).first->second;
}

ContainerUsage Top::Measure(Known& known, bool first) {
  ContainerUsage container{.id = known.record.id, .usage = stats::ReadUsage(known.record.cgroup_paths)};
  const absl::Time now = absl::Now();
  const uint64_t before = std::exchange(known.cpu, container.usage.cpu);
  const absl::Duration passed = now - std::exchange(known.at, now);
  if (!first && passed > absl::ZeroDuration() && container.usage.cpu >= before)
    container.cpu_percent =
        100 * static_cast<double>(container.usage.cpu - before) / absl::ToDoubleNanoseconds(passed);
  return container;
}

StatusOr<std::vector<ContainerUsage>> Top::Look(const std::string& only) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, Ids(only));
  std::vector<ContainerUsage> containers;
  if (ids.empty()) return containers;
  TARE_ASSIGN_OR_RETURN(const kernel::Fd root, kernel::Open(runtime_.root, O_PATH | O_DIRECTORY));
  std::map<std::string, Known> seen;
  for (const std::string& id : ids) {
    Known* known = Find(root.get(), id);
    if (known == nullptr || !IsAlive(known->record)) continue;
    containers.push_back(Measure(*known, known->at == absl::InfinitePast()));
    seen.insert(known_.extract(id));
  }
  known_ = std::move(seen);
  return containers;
}

std::string TopDocument(const std::vector<ContainerUsage>& containers) {
  json::Output list = json::Output::array();
  for (const ContainerUsage& container : containers) list.push_back(Object(container));
  return json::OneLine(list);
}

}  // namespace tare::commands
