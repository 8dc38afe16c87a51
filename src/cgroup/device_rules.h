// linux.resources.devices as one policy, before it is translated to lines (v1) or to a program (v2).
#pragma once

#include <vector>

#include "spec/config_linux.h"

namespace tare::cgroup {

enum DeviceAccess : unsigned { kMknod = 1, kRead = 2, kWrite = 4, kAnyAccess = 7 };  // BPF_DEVCG_ACC_*

struct DevicePolicy {
  bool allow = false;                   // whether devices that no rule matches are allowed
  std::vector<spec::DeviceRule> rules;  // of type b or c, in order: the last that matches decides
};

// The nodes that every container has are allowed after linux.resources.devices (config-linux.md, "Default
// Devices"). As runc and crun do, this drops rules for single nodes of these, unless linux.devices lists the
// node: if a config creates it explicitly, with access "r" for example, its rule applies.
void DropRulesOnDefaultDevices(std::vector<spec::DeviceRule>& rules,
                               const std::vector<spec::Device>& devices);

// The whole policy: all devices are denied, then `rules` apply, then the nodes that every container has are
// allowed if no rule names them. A rule of type 'a' means every device with every access, whatever else it
// says, as in the kernel on v1 (and in runc on both): the rules before it have no effect.
DevicePolicy CompletePolicy(const std::vector<spec::DeviceRule>& rules);

// kRead | kWrite for "rw"; kAnyAccess for "".
unsigned AccessOf(const spec::DeviceRule& rule);

}  // namespace tare::cgroup
