// The limits that a cgroup has before an update. An update may change one half of a property, but systemd
// needs both halves, and writes both with its own rounding; so the other half is read from the cgroup's files
// before systemd is called.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "cgroup/manager.h"
#include "spec/config_linux.h"

namespace tare::systemd {

// The default values are those of a new cgroup.
struct CurrentLimits {
  int64_t quota = -1;         // microseconds in each period, -1: no limit
  uint64_t period = 100'000;  // microseconds
  bool idle = false;
  std::string bfq_weight = {};  // the contents of io.bfq.weight: "default 100\n254:0 400"; "" without BFQ
};

// If a file is missing, the value is that of a new cgroup. A missing controller is reported when the
// limit is written.
CurrentLimits ReadCurrentLimits(const cgroup::Manager& files);

// Whether Complete() needs `current.period` and the files do not have it: without a quota systemd writes its
// default period into them, and only the unit has the container's.
bool NeedsPeriodOfUnit(const spec::Resources& resources, const CurrentLimits& current);

// Adds to `resources` of an update (or of a new cgroup) the halves that it leaves open: the period of a
// quota; the quota of a period, also in unified's "cpu.max"; both when shares or idle change, because systemd
// then writes cpu.max too; the weight of a cgroup that ceases to be idle, which it does when it is given one;
// the weights of disks, which a new weight for all disks would overwrite. Makes no system calls.
spec::Resources Complete(spec::Resources resources, const CurrentLimits& current);

}  // namespace tare::systemd
