// The statistics files of a cgroup's directory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "cgroup/directory.h"
#include "spec/stats.h"

namespace tare::stats {

// A directory's statistics files. What keeps one that is there from being read is kept in `trouble`, the
// first of it: zeros would be taken for the truth.
class StatsFiles {
 public:
  StatsFiles(const std::string& path, Status& trouble) : directory_(path), trouble_(&trouble) {}

  std::string Text(const std::string& file);  // "" if absent
  uint64_t Number(const std::string& file);   // 0 if absent
  spec::PidsStats Pids();                     // of the same files on v1 and v2

 private:
  cgroup::Directory directory_;
  Status* trouble_;
};

// "2MB", "1GB": what /sys/kernel/mm/hugepages lists.
std::vector<std::string> HugepageSizes();

}  // namespace tare::stats
