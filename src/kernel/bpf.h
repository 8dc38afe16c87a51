// bpf(2) for programs of type BPF_PROG_TYPE_CGROUP_DEVICE (Linux 4.15): what cgroup v2 has in place of a
// devices controller. The memory of programs is charged to the cgroup since 5.11, so that RLIMIT_MEMLOCK
// plays no part.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// Loads `program`. When the kernel's verifier refuses it, its reasons are in the error.
StatusOr<Fd> LoadDeviceProgram(const std::vector<bpf_insn>& program);

// The programs attached right to the cgroup, a folder's descriptor opened for reading; those of its parents
// apply as well.
StatusOr<std::vector<Fd>> AttachedDevicePrograms(int cgroup);

// Attaches one more program; or one instead of `replaced`, with no moment between the two.
Status AttachDeviceProgram(int cgroup, int program);
Status ReplaceDeviceProgram(int cgroup, int program, int replaced);
Status DetachDeviceProgram(int cgroup, int program);

}  // namespace tare::kernel
