// What a process has that its creator can set from outside, by pid: limits, OOM score, scheduling.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// /proc/PID/oom_score_adj. While a process is undumpable the file belongs to root: a runtime that is not
// writes its own, before it is undumpable itself, and its children inherit the score.
Status PassOnOomScore(const spec::Process& process);          // before the clone; nothing for root
Status SetOomScore(pid_t pid, const spec::Process& process);  // after it; nothing but for root

// prlimit(2), sched_setattr(2), ioprio_set(2). By the runtime, because raising a hard limit takes
// CAP_SYS_RESOURCE in the initial user namespace; late, so that a low limit binds the program and not its
// setting up. `cpus` is the cgroup's list of CPUs, or "": with one the kernel refuses some schedulers.
Status SetLimits(pid_t pid, const spec::Process& process, const std::string& cpus);

// What a process may run on is its cgroup's cpuset, and not what the caller was bound to (by taskset(1), or
// CPUAffinity= of a unit). Since Linux 6.2 a mask outlives the entry into a cgroup; the kernel cuts this one
// down to the cpuset. What has no right to it is bound as its caller.
void ForgetCallersCpus(pid_t pid);

// The calling process' own mask: "0x3".
std::string CpuAffinity();

// process.execCPUAffinity: a CPU list such as "0-3,7" for `pid` (sched_setaffinity(2)).
Status SetCpuAffinity(pid_t pid, const std::string& cpus);

}  // namespace tare::process
