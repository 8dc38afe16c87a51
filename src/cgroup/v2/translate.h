// linux.resources as writes to the files of a cgroup v2: pure.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "cgroup/write.h"
#include "spec/config_linux.h"

namespace tare::cgroup::v2 {

// What an update needs to know about the cgroup, because some files of v2 hold what the config has as two
// properties.
struct Current {
  std::string cpu_max;  // the contents of cpu.max: "max 100000"; the value of a new cgroup

  // The contents of io.bfq.weight: "default 100\n254:0 400". Empty: a new cgroup, or no BFQ.
  std::string bfq_weight = {};
};

// All but devices. A property of v1 that has no counterpart is an error (config-linux.md, "cgroup v2
// conversion"). With `update`, values that equal a new cgroup's are written too.
StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update, const Current& current);

// What Translate() would say of them, and no more.
Status Check(const spec::Resources& resources);

// True if Translate() needs Current::cpu_max for these: a period without a quota.
bool NeedsCpuMax(const spec::Resources& resources);

// cpu.weight for cpu.shares: 1 for 2 and less, 100 for 1024, 10000 for 262144.
uint64_t WeightOfShares(uint64_t shares);

// io.weight for blockIO.weight: io.bfq.weight goes from 1 to 1000 as blkio.weight did (10 to 1000), io.weight
// of io.cost from 1 to 10000.
uint64_t IoWeight(uint64_t weight);

}  // namespace tare::cgroup::v2
