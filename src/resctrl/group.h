// A container's group in resctrl: its share of caches and memory bandwidth, and the counters of what it uses
// (config-linux.md, "Intel RDT"; Documentation/filesystems/resctrl.rst).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config_linux.h"

namespace tare::resctrl {

// Absolute paths. `root` is where resctrl is mounted; it is the default group, too.
struct Group {
  std::string control;  // the class that the container shares, or has for itself
  std::string monitor;  // below it, the counters of the container alone; empty: none were asked for
  // The lowest first. What create made goes with a create that fails; what is the container's, with delete:
  // the group of a closID is not, because others may be in it.
  std::vector<std::string> made;
  std::vector<std::string> owned;
};

// Finds the group that `rdt` asks for, or makes it, and writes the schemata. What was there before must have
// the shares that are asked for, is used, and stays. On an error what was made is gone again. Errors of the
// kernel have its reason (info/last_cmd_status).
StatusOr<Group> Make(const std::string& root, const std::string& id, const spec::IntelRdt& rdt);

// Moves the thread in; children are born where their parent is.
Status Enter(const Group& group, pid_t tid);

// Writes l3CacheSchema and memBwSchema of `rdt` to the container's class: `tare update`.
Status Change(const std::string& root, const std::string& control, const spec::IntelRdt& rdt);

// Takes back what Make() made, but for a closID's group that somebody else has entered since.
Status Undo(const Group& group);

// Removes the directories; one that is gone is not an error. Processes in it fall back to the group above.
Status Remove(const std::vector<std::string>& directories);

}  // namespace tare::resctrl
