#include "cgroup/stats.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cgroup/privilege.h"
#include "cgroup/stats_text.h"
#include "cgroup/v1/stats.h"
#include "cgroup/v2/stats.h"
#include "kernel/file.h"

namespace tare::cgroup {

namespace {

// A file that is missing reads as 0, for it depends on the kernel and the controllers; not so when there is
// no cgroup at all.
Status CheckThere(const Paths& paths) {
  int error = 0;
  for (const auto& [controller, path] : paths) {
    if (access(path.c_str(), F_OK) == 0) return absl::OkStatus();
    error = errno;
  }
  return paths.empty() ? NoCgroupError()
                       : ErrnoError(error, absl::StrCat("access(", paths.begin()->second, ")"));
}

// EOPNOTSUPP: the kernel was told to count no such thing. ENODEV: the cgroup has just been removed.
bool IsAbsent(int error) {
  return error == ENOENT || error == EOPNOTSUPP || error == ENODEV;
}

}  // namespace

StatusOr<spec::Stats> ReadStats(const Manager& manager) {
  TARE_RETURN_IF_ERROR(CheckThere(manager.paths()));
  return manager.unified() ? v2::ReadStats(manager.paths().begin()->second) : v1::ReadStats(manager.paths());
}

std::string StatsFiles::Text(const std::string& file) {
  StatusOr<std::string> text = directory_.Read(file);
  if (!IsAbsent(ErrnoOf(text.status()))) trouble_->Update(text.status());
  return std::move(text).value_or("");
}

uint64_t StatsFiles::Number(const std::string& file) {
  return ParseNumber(Text(file));
}

spec::PidsStats StatsFiles::Pids() {
  const uint64_t limit = Number("pids.max");
  return {.current = Number("pids.current"), .limit = limit == spec::kUnlimited ? 0 : limit};
}

std::vector<std::string> HugepageSizes() {
  std::vector<std::string> sizes;
  StatusOr<kernel::Fd> directory = kernel::Open("/sys/kernel/mm/hugepages", O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return sizes;
  StatusOr<std::vector<std::string>> names = kernel::ListDirectory(directory->get());
  if (!names.ok()) return sizes;
  for (const std::string& name : *names)
    if (std::string size = HugepageSize(name); !size.empty()) sizes.push_back(std::move(size));
  return sizes;
}

StatusOr<OomWatch> OomWatch::Open(const Manager& manager) {
  const Paths& paths = manager.paths();
  const auto found = paths.find(manager.unified() ? "" : "memory");
  if (found == paths.end()) return NoCgroupError();
  if (manager.unified()) {
    OomWatch watch(Directory(found->second), "memory.events", Sign::kCount);
    TARE_RETURN_IF_ERROR(watch.WatchCount());
    return watch;
  }
  OomWatch watch(Directory(found->second), "memory.oom_control", Sign::kWake);
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

}  // namespace tare::cgroup
