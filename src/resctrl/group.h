// A container's group in resctrl: its share of caches and memory bandwidth, and the counters of what it uses
// (config-linux.md, "Intel RDT"; Documentation/filesystems/resctrl.rst).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::resctrl {

// All paths are absolute. `root` is where resctrl is mounted, which is also the default group.
struct Group {
  std::string control;  // the class of the container, which it may share with others
  std::string monitor;  // a group below it that only counts what the container uses; empty: none
  // Both lists have the lowest directory first. What create has made is removed if create fails; what the
  // container owns is removed by delete. The group of a closID is not owned, because other containers may
  // be in it.
  std::vector<std::string> made;
  std::vector<std::string> owned;
};

// Finds the group of container `id` that `rdt` asks for, or creates it, and writes the schemata. What the
// container owns is marked with `owner` (mark.h). A group that exists must have the shares that `rdt` asks
// for; it is then used and stays. On an error, what was created is removed again. Errors of the kernel
// include its reason (info/last_cmd_status).
StatusOr<Group> Make(const std::string& root, const std::string& id, const std::string& owner,
                     const spec::IntelRdt& rdt);

// Moves the thread in. Its children will be in the same group.
Status Enter(const Group& group, pid_t tid);

// Writes l3CacheSchema and memBwSchema of `rdt` to the class of the container, for `tare update`.
Status Change(const std::string& root, const std::string& control, const spec::IntelRdt& rdt);

// Removes what Make() created, except the group of a closID that another process has entered since.
Status Undo(const Group& group);

// Removes the directories. It is not an error if one does not exist. Their processes return to
// the group above.
Status Remove(const std::vector<std::string>& directories);

}  // namespace tare::resctrl
