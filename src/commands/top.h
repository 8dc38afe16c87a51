// top: what each container uses, now and since the last look.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "container/record.h"
#include "lifecycle/runtime.h"
#include "stats/usage.h"

namespace tare::commands {

struct ContainerUsage {
  std::string id;
  stats::Usage usage;
  double cpu_percent = 0;  // of one CPU, since the last look; 0 at the first
};

// Looks at all containers of a root directory, again and again. A record is read only once, so that a look
// at a thousand containers costs little more than reading the files of their cgroups.
class Top {
 public:
  explicit Top(const lifecycle::Runtime& runtime) : runtime_(runtime) {}

  // The containers that have a living process, sorted by ID. With `only`, just that one.
  StatusOr<std::vector<ContainerUsage>> Look(const std::string& only = "");

 private:
  struct Known {
    container::Record record;
    ino_t directory = 0;  // of another container with the same ID, it is another
    uint64_t cpu = 0;
    absl::Time at;
  };

  StatusOr<std::vector<std::string>> Ids(const std::string& only) const;
  // Null if the container is gone, or has no usual record.
  Known* Find(int root, const std::string& id);
  static ContainerUsage Measure(Known& known, bool first);

  const lifecycle::Runtime& runtime_;
  std::map<std::string, Known> known_;
};

// {"id", "cpuPercent", "cpu", "memory", "memoryLimit", "pids", "pidsLimit", "ioRead", "ioWritten"} for each,
// in one line without a newline. A limit that is not set is left out.
std::string TopDocument(const std::vector<ContainerUsage>& containers);

}  // namespace tare::commands
