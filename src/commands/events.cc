#include "commands/events.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/time/clock.h"
#include "base/log.h"
#include "container/container.h"
#include "kernel/wait.h"
#include "resctrl/mount.h"
#include "resctrl/stats.h"
#include "stats/oom_watch.h"
#include "stats/stats.h"

namespace tare::commands {
namespace {

using container::Container;

StatusOr<Container> LoadAlive(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(Container container, container::Load(runtime.root, id));
  if (container.alive()) return container;
  return container::NotRunning(id);
}

spec::RdtStats RdtStatsOf(const container::Record& record) {
  if (record.rdt_control.empty()) return {};
  const StatusOr<std::string> root = resctrl::MountPoint();
  if (!root.ok()) return {};
  return resctrl::ReadStats(*root, {.control = record.rdt_control, .monitor = record.rdt_monitor});
}

StatusOr<std::string> Line(const Container& container) {
  TARE_ASSIGN_OR_RETURN(spec::Stats stats, stats::Read(*container.cgroup));
  stats.rdt = RdtStatsOf(container.record);
  return spec::StatsEventJson(container.record.id, stats);
}

// Where memory is not counted, it cannot run out either.
std::optional<stats::OomWatch> Watch(const Container& container) {
  StatusOr<stats::OomWatch> watch = stats::OomWatch::Open(*container.cgroup);
  if (watch.ok()) return *std::move(watch);
  log::Warning("cannot watch for OOM events: ", watch.status().message());
  return std::nullopt;
}

// Waits until init ends, there is news for `watch` (-1: never), or the time has come. True if init has ended.
StatusOr<bool> Await(int init, int watch, absl::Time deadline) {
  std::array<pollfd, 2> waiting = {pollfd{.fd = init, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = watch, .events = POLLIN, .revents = 0}};
  TARE_RETURN_IF_ERROR(kernel::WaitForAny(waiting, kernel::Deadline::After(deadline - absl::Now())).status());
  return waiting[0].revents != 0;
}

}  // namespace

StatusOr<std::string> StatsLine(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const Container container, LoadAlive(runtime, id));
  return Line(container);
}

Status WatchEvents(const lifecycle::Runtime& runtime, const std::string& id, absl::Duration interval,
                   Tell tell) {
  TARE_ASSIGN_OR_RETURN(const Container container, LoadAlive(runtime, id));
  std::optional<stats::OomWatch> watch = Watch(container);
  absl::Time next = absl::Now() + interval;
  for (;;) {
    TARE_ASSIGN_OR_RETURN(const bool ended, Await(container.init.get(), watch ? watch->fd() : -1, next));
    // Asked last of all, too: init itself may be what was killed.
    if (watch && watch->Happened()) TARE_RETURN_IF_ERROR(tell(spec::OomEventJson(id)));
    if (ended) return absl::OkStatus();
    if (absl::Now() < next) continue;
    TARE_ASSIGN_OR_RETURN(const std::string line, Line(container));
    TARE_RETURN_IF_ERROR(tell(line));
    next = std::max(next + interval, absl::Now());  // a reader that is slow gets no backlog
  }
}

}  // namespace tare::commands
