#include "stats/oom_watch.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cgroup/privilege.h"
#include "stats/parse.h"

namespace tare::stats {

StatusOr<OomWatch> OomWatch::Open(const cgroup::Manager& manager) {
  const cgroup::Paths& paths = manager.paths();
  const auto found = paths.find(manager.unified() ? "" : "memory");
  if (found == paths.end()) return cgroup::NoCgroupError();
  if (manager.unified()) {
    OomWatch watch(cgroup::Directory(found->second), "memory.events", Source::kCounter);
    TARE_RETURN_IF_ERROR(watch.WatchCounter());
    return watch;
  }
  OomWatch watch(cgroup::Directory(found->second), "memory.oom_control", Source::kWakeup);
  TARE_RETURN_IF_ERROR(watch.WatchWakeups());
  return watch;
}

// kernfs reports every change of memory.events as IN_MODIFY.
Status OomWatch::WatchCounter() {
  events_ = kernel::Fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!events_) return ErrnoError(errno, "inotify_init1");
  const std::string path = absl::StrCat(directory_.path(), "/", file_);
  if (inotify_add_watch(events_.get(), path.c_str(), IN_MODIFY) < 0)
    return ErrnoError(errno, absl::StrCat("inotify_add_watch(", path, ")"));
  reported_ = Kills();
  return absl::OkStatus();
}

// Writes "EVENTFD CONTROL" to cgroup.event_control (Documentation/admin-guide/cgroup-v1/memory.rst,
// 9 and 10).
Status OomWatch::WatchWakeups() {
  events_ = kernel::Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!events_) return ErrnoError(errno, "eventfd");
  TARE_ASSIGN_OR_RETURN(const kernel::Fd control, directory_.Open(file_, O_RDONLY), directory_.path());
  return directory_.Write("cgroup.event_control", absl::StrCat(events_.get(), " ", control.get()));
}

uint64_t OomWatch::Kills() {
  return ParseFlat(directory_.Read(file_).value_or(""))["oom_kill"];
}

bool OomWatch::Happened() {
  char news[4096];
  const bool woken = read(events_.get(), news, sizeof news) > 0;
  switch (source_) {
    case Source::kWakeup:
      return woken &&
             directory_.Read(file_).ok();  // the eventfd is also signalled when the cgroup is removed
    case Source::kCounter:
      break;
  }
  const uint64_t before = reported_;
  reported_ = std::max(reported_, Kills());
  return reported_ > before;
}

}  // namespace tare::stats
