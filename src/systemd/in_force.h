// An update may change one half of a property. systemd needs both halves, and writes both with its own
// rounding; so the other half is read from the cgroup's files before systemd is called.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "cgroup/manager.h"
#include "spec/config_linux.h"

namespace tare::systemd {

// What of a cgroup is in force; as it is here in a new one.
struct InForce {
  int64_t quota = -1;         // microseconds in each period, -1: no limit
  uint64_t period = 100'000;  // microseconds
  bool idle = false;
  std::string bfq_weight = {};  // the contents of io.bfq.weight: "default 100\n254:0 400"; "" without BFQ
};

// A missing file has the value of a new cgroup: that its controller is missing is reported when it is
// written.
InForce ReadInForce(const cgroup::Manager& files);

// Whether Complete() needs `in_force.period` and the files do not have it: without a quota systemd writes its
// usual period into them, and the container's own is in the unit alone.
bool NeedsPeriodOfUnit(const spec::Resources& resources, const InForce& in_force);

// `resources` of an update (or of a new cgroup), with the halves that they leave open: the period of a quota,
// the quota of a period, also in unified's "cpu.max"; both when shares or idle change, because systemd
// then writes cpu.max too; the weight of a cgroup that ceases to be idle, and that it does when it is given
// one; the weights of disks that a new weight for all would undo. Pure.
spec::Resources Complete(spec::Resources resources, const InForce& in_force);

}  // namespace tare::systemd
