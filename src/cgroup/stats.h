// What a container uses, read from the files of its cgroups, and word of what the kernel kills for want of
// memory.
#pragma once

#include <string>
#include <vector>

#include "cgroup/directory.h"
#include "cgroup/manager.h"
#include "kernel/fd.h"
#include "spec/stats.h"

namespace tare::cgroup {

// All that the kernel counts; a file that is absent (another kernel, a controller that is not there) leaves
// zeros. An error if the container has no cgroup.
StatusOr<spec::Stats> ReadStats(const Manager& manager);

class OomWatch {
 public:
  // Of what happens from now on. An error where nothing counts the container's memory.
  static StatusOr<OomWatch> Open(const Manager& manager);

  // For poll(2): readable when there may be news.
  int fd() const { return news_.get(); }

  // True if the container ran out of memory since the last call: on v2 the kernel killed a process, on v1,
  // where that may be switched off, it would kill one. Does not wait.
  bool Happened();

 private:
  enum class Sign { kCount, kWake };

  OomWatch(Directory directory, std::string file, Sign sign)
      : directory_(std::move(directory)), file_(std::move(file)), sign_(sign) {}
  Status WatchCount();
  Status WatchWakes();
  uint64_t Kills();

  Directory directory_;
  std::string file_;  // that counts
  Sign sign_;
  kernel::Fd news_;
  uint64_t told_ = 0;  // kills
};

// A directory's statistics files. What keeps one that is there from being read is kept in `trouble`, the
// first of it: zeros would be taken for the truth.
class StatsFiles {
 public:
  StatsFiles(const std::string& path, Status& trouble) : directory_(path), trouble_(&trouble) {}

  std::string Text(const std::string& file);  // "" if absent
  uint64_t Number(const std::string& file);   // 0 if absent
  spec::PidsStats Pids();                     // of the same files on v1 and v2

 private:
  Directory directory_;
  Status* trouble_;
};

// "2MB", "1GB": what /sys/kernel/mm/hugepages lists.
std::vector<std::string> HugepageSizes();

}  // namespace tare::cgroup
