// Translates a device policy to the eBPF program that cgroup v2 runs whenever a device is opened or created.
// Makes no system calls.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "cgroup/device_rules.h"

namespace tare::cgroup::v2 {

// The program returns 1 (allowed) or 0 for a bpf_cgroup_dev_ctx. Each bit of the requested access is decided
// by the last rule that matches it, according to config-linux.md ("applied in the specified order").
std::vector<bpf_insn> DeviceProgram(const DevicePolicy& policy);

}  // namespace tare::cgroup::v2
