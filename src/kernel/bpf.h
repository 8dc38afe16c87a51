// bpf(2) for programs of type BPF_PROG_TYPE_CGROUP_DEVICE (Linux 4.15): what cgroup v2 has in place of a
// devices controller. The memory of programs is charged to the cgroup since 5.11, so that RLIMIT_MEMLOCK
// plays no part.
#pragma once

#include <linux/bpf.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// Loads `program` under a name that "bpftool cgroup show" shows: at most 15 letters, digits, '_' or
// '.'. When the kernel's verifier refuses it, its reasons are in the error.
StatusOr<Fd> LoadDeviceProgram(const std::vector<bpf_insn>& program, const std::string& name);

// The programs of that name attached right to the cgroup, a directory's descriptor opened for reading. Those
// of others, and of the cgroups above, apply as well.
StatusOr<std::vector<Fd>> AttachedDevicePrograms(int cgroup, const std::string& name);

// Attaches one more program; or one instead of `replaced`, with no moment between the two.
Status AttachDeviceProgram(int cgroup, int program);
Status ReplaceDeviceProgram(int cgroup, int program, int replaced);
Status DetachDeviceProgram(int cgroup, int program);

}  // namespace tare::kernel
