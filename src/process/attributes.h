// Attributes of a process that its creator sets from outside, by PID: limits, OOM score, scheduling, CPUs.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// /proc/PID/oom_score_adj. The file of an undumpable process belongs to root. A runtime that is not root
// therefore sets its own score before the clone, while it is still dumpable, and its children inherit it.
Status PassOnOomScore(const spec::Process& process);          // before the clone; does nothing as root
Status SetOomScore(pid_t pid, const spec::Process& process);  // after the clone; only as root

// prlimit(2), sched_setattr(2), ioprio_set(2). The runtime calls them, because raising a hard limit needs
// CAP_SYS_RESOURCE in the initial user namespace; and it does so late, so that a low limit applies to the
// program and not to its setup. `cpus` is the cgroup's list of CPUs or "", for the error: with such a list
// the kernel refuses some schedulers.
Status SetLimits(pid_t pid, const spec::Process& process, const std::string& cpus);

// Allows all CPUs of the cgroup's cpuset, whatever the affinity of the caller was (by taskset(1), or
// CPUAffinity= of a unit). This is needed since Linux 6.2, where a process keeps its mask when it enters a
// cgroup. The kernel limits the mask to the cpuset. Without permission, the caller's affinity stays.
void ForgetCallersCpus(pid_t pid);

// The mask of the calling process, as "0x3".
std::string CpuAffinity();

// process.execCPUAffinity: a CPU list such as "0-3,7" for `pid` (sched_setaffinity(2)).
Status SetCpuAffinity(pid_t pid, const std::string& cpus);

}  // namespace tare::process
