// Reads the statistics files of a cgroup.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "cgroup/directory.h"
#include "spec/stats.h"

namespace tare::stats {

// The first error other than an absent file is stored in `error`; otherwise its zeros would look
// like measured values.
class StatsFiles {
 public:
  StatsFiles(const std::string& path, Status& error) : directory_(path), error_(&error) {}

  std::string Text(const std::string& file);  // "" if absent
  uint64_t Number(const std::string& file);   // 0 if absent
  spec::PidsStats Pids();                     // its files are the same on v1 and v2

 private:
  cgroup::Directory directory_;
  Status* error_;
};

// The sizes of huge pages that this machine has: "2MB", "1GB".
std::vector<std::string> HugepageSizes();

}  // namespace tare::stats
