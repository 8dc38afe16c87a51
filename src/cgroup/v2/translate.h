// Translates linux.resources to writes to the files of a cgroup v2. Makes no system calls.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "cgroup/write.h"
#include "spec/config_linux.h"

namespace tare::cgroup::v2 {

// What an update has to know about the cgroup, because some files of v2 contain two properties of the config.
struct Current {
  std::string cpu_max;  // the contents of cpu.max; "max 100000" in a new cgroup

  // The contents of io.bfq.weight: "default 100\n254:0 400". Empty if the cgroup is new, or without BFQ.
  std::string bfq_weight = {};
};

// Everything except devices. A property of v1 that v2 does not have is an error (config-linux.md, "cgroup v2
// conversion"). With `update`, values that are those of a new cgroup are written, too.
StatusOr<std::vector<Write>> Translate(const spec::Resources& resources, bool update, const Current& current);

// The error that Translate() would return.
Status Check(const spec::Resources& resources);

// True if Translate() needs Current::cpu_max, because `resources` has a period without a quota.
bool NeedsCpuMax(const spec::Resources& resources);

// Converts cpu.shares to cpu.weight: 2 and less to 1, 1024 to 100, 262144 to 10000.
uint64_t WeightOfShares(uint64_t shares);

// Converts blockIO.weight to io.weight of io.cost (1 to 10000). io.bfq.weight (1 to 1000) has the range of
// blkio.weight (10 to 1000).
uint64_t IoWeight(uint64_t weight);

}  // namespace tare::cgroup::v2
