// linux.resources.devices as one policy, before it becomes lines (v1) or a program (v2).
#pragma once

#include <vector>

#include "spec/config_linux.h"

namespace tare::cgroup {

enum DeviceAccess : unsigned { kMknod = 1, kRead = 2, kWrite = 4, kAnyAccess = 7 };  // BPF_DEVCG_ACC_*

struct DevicePolicy {
  bool allow = false;                   // what no rule matches
  std::vector<spec::DeviceRule> rules;  // of type b or c, in order: the last that matches decides
};

// The nodes that every container has come after linux.resources.devices (config-linux.md, "Default Devices"),
// as under runc and crun: drops the rules for single ones of them, unless linux.devices has the node. Who
// passes it on by itself, "r" for example, means what the rule says.
void DropOverruled(std::vector<spec::DeviceRule>& rules, const std::vector<spec::Device>& devices);

// What a container may do with devices: nothing, then as `rules` say, then the nodes that every container
// has and that no rule names. A rule of type 'a' means every device with every access, whatever else it says,
// as the kernel has it on v1 (and runc on both): all before it is without effect.
DevicePolicy CompletePolicy(const std::vector<spec::DeviceRule>& rules);

// "rw" to kRead | kWrite; "" to kAnyAccess.
unsigned AccessOf(const spec::DeviceRule& rule);

}  // namespace tare::cgroup
