// What a process has that its creator can set from outside, by pid: limits, OOM score, scheduling.
#pragma once

#include <sys/types.h>

#include "base/status.h"
#include "spec/config.h"

namespace tare::process {

// /proc/PID/oom_score_adj. While a process is undumpable the file belongs to root: a runtime that is not
// writes its own, before it is undumpable itself, and its children inherit the score.
Status PassOnOomScore(const spec::Process& process);          // before the clone; nothing for root
Status SetOomScore(pid_t pid, const spec::Process& process);  // after it; nothing but for root

// prlimit(2), sched_setattr(2), ioprio_set(2). By the runtime, for raising a hard limit takes
// CAP_SYS_RESOURCE in the initial user namespace; late, so that a low limit binds the program and not its
// setting up.
Status SetLimits(pid_t pid, const spec::Process& process);

// process.execCPUAffinity: a CPU list such as "0-3,7" for `pid` (sched_setaffinity(2)).
Status SetCpuAffinity(pid_t pid, const std::string& cpus);

}  // namespace tare::process
