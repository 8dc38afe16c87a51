// bpf(2) for programs of type BPF_PROG_TYPE_CGROUP_DEVICE (Linux 4.15), which cgroup v2 has instead of a
// devices controller. Since Linux 5.11 the memory of programs is charged to the cgroup, so RLIMIT_MEMLOCK
// does not matter.
#pragma once

#include <linux/bpf.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"

namespace tare::kernel {

// Loads `program` under a name that "bpftool cgroup show" prints: at most 15 letters, digits, '_' or '.'. If
// the kernel's verifier refuses the program, the error quotes its reasons.
StatusOr<Fd> LoadDeviceProgram(const std::vector<bpf_insn>& program, const std::string& name);

// The programs with that name that are attached to this cgroup; programs with other names, and those of the
// cgroups above it, apply as well. `cgroup` is its directory, opened for reading.
StatusOr<std::vector<Fd>> AttachedDevicePrograms(int cgroup, const std::string& name);

// Attaches one more program, or atomically exchanges `replaced` for it.
Status AttachDeviceProgram(int cgroup, int program);
Status ReplaceDeviceProgram(int cgroup, int program, int replaced);
Status DetachDeviceProgram(int cgroup, int program);

}  // namespace tare::kernel
