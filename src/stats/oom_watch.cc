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
    OomWatch watch(cgroup::Directory(found->second), "memory.events", Sign::kCount);
    TARE_RETURN_IF_ERROR(watch.WatchCount());
    return watch;
  }
  OomWatch watch(cgroup::Directory(found->second), "memory.oom_control", Sign::kWake);
  TARE_RETURN_IF_ERROR(watch.WatchWakes());
  return watch;
}

// kernfs tells of every change of memory.events as of a modified file.
Status OomWatch::WatchCount() {
  news_ = kernel::Fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!news_) return ErrnoError(errno, "inotify_init1");
  const std::string path = absl::StrCat(directory_.path(), "/", file_);
  if (inotify_add_watch(news_.get(), path.c_str(), IN_MODIFY) < 0)
    return ErrnoError(errno, absl::StrCat("inotify_add_watch(", path, ")"));
  told_ = Kills();
  return absl::OkStatus();
}

// "EVENTFD CONTROL" in cgroup.event_control (Documentation/admin-guide/cgroup-v1/memory.rst, 9 and 10).
Status OomWatch::WatchWakes() {
  news_ = kernel::Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!news_) return ErrnoError(errno, "eventfd");
  TARE_ASSIGN_OR_RETURN(const kernel::Fd control, directory_.Open(file_, O_RDONLY), directory_.path());
  return directory_.Write("cgroup.event_control", absl::StrCat(news_.get(), " ", control.get()));
}

uint64_t OomWatch::Kills() {
  return ParseFlat(directory_.Read(file_).value_or(""))["oom_kill"];
}

bool OomWatch::Happened() {
  char news[4096];
  const bool woken = read(news_.get(), news, sizeof news) > 0;
  switch (sign_) {
    case Sign::kWake:
      return woken && directory_.Read(file_).ok();  // the cgroup's end wakes, too
    case Sign::kCount:
      break;
  }
  const uint64_t before = told_;
  told_ = std::max(told_, Kills());
  return told_ > before;
}

}  // namespace tare::stats
