// A device policy as the eBPF program that cgroup v2 asks at every open and mknod of a device: pure.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "cgroup/device_rules.h"

namespace tare::cgroup::v2 {

// The program answers 1 (allowed) or 0 to a bpf_cgroup_dev_ctx. Every bit of the access that is asked for is
// decided by the last rule that covers it, as config-linux.md has it ("applied in the specified order").
std::vector<bpf_insn> DeviceProgram(const DevicePolicy& policy);

}  // namespace tare::cgroup::v2
