#include "process/attributes.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "kernel/procfs.h"

namespace tare::process {
namespace {

// sched_setattr(2); linux/sched/types.h would clash with glibc's own sched_param.
struct SchedAttributes {
  uint32_t size = sizeof(SchedAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

Status SetRlimits(pid_t pid, const std::vector<spec::Rlimit>& limits) {
  for (const spec::Rlimit& limit : limits) {
    const rlimit value{limit.soft, limit.hard};
    if (prlimit(pid, static_cast<__rlimit_resource>(limit.resource), &value, nullptr) != 0)
      return ErrnoError(errno, absl::StrCat("error setting rlimit type ", limit.resource));
  }
  return absl::OkStatus();
}

Status SetScheduler(pid_t pid, const spec::Scheduler& scheduler) {
  SchedAttributes attributes{.policy = scheduler.policy,
                             .flags = scheduler.flags,
                             .nice = scheduler.nice,
                             .priority = scheduler.priority,
                             .runtime = scheduler.runtime,
                             .deadline = scheduler.deadline,
                             .period = scheduler.period};
  if (syscall(SYS_sched_setattr, pid, &attributes, 0) != 0)
    return ErrnoError(errno, "/process/scheduler: sched_setattr");
  return absl::OkStatus();
}

// ioprio_set(2); linux/ioprio.h of Linux 6.1.190 names a parameter `class`, which C++ cannot read.
constexpr int kIoprioWhoProcess = 1;
constexpr int kIoprioClassShift = 13;

Status SetIoPriority(pid_t pid, const spec::IoPriority& priority) {
  const int value = (priority.io_class << kIoprioClassShift) | priority.priority;
  if (syscall(SYS_ioprio_set, kIoprioWhoProcess, pid, value) != 0)
    return ErrnoError(errno, "/process/ioPriority: ioprio_set");
  return absl::OkStatus();
}

StatusOr<cpu_set_t> ParseCpus(const std::string& list) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (absl::string_view part : absl::StrSplit(list, ',')) {
    std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(part, absl::MaxSplits('-', 1));
    unsigned first = 0;
    unsigned last = 0;
    if (!absl::SimpleAtoi(ends.first, &first) ||
        !absl::SimpleAtoi(ends.second.empty() ? ends.first : ends.second, &last) || first > last ||
        last >= CPU_SETSIZE)
      return InvalidError("/process/execCPUAffinity: \"", list, "\" is not a list of CPUs");
    for (unsigned cpu = first; cpu <= last; ++cpu) CPU_SET(cpu, &set);
  }
  return set;
}

// config.md, "execCPUAffinity": what a process may run on is its cgroup's cpuset, and not what the caller was
// bound to (by taskset(1), or CPUAffinity= of a unit). Since Linux 6.2 a mask outlives the entry into a
// cgroup; the kernel cuts this one down to the cpuset. What has no right to it is bound as its caller.
void ForgetCallersCpus(pid_t pid) {
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  (void)sched_setaffinity(pid, sizeof all, &all);
}

Status WriteOomScore(absl::string_view pid, const spec::Process& process) {
  if (!process.oom_score_adj) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  Status status = procfs->Write(absl::StrCat(pid, "/oom_score_adj"), absl::StrCat(*process.oom_score_adj));
  if (ErrnoOf(status) == EACCES)
    return Annotate(status, "/process/oomScoreAdj: without privilege a score can only be raised");
  return status;
}

}  // namespace

Status PassOnOomScore(const spec::Process& process) {
  return geteuid() == 0 ? absl::OkStatus() : WriteOomScore("self", process);
}

Status SetOomScore(pid_t pid, const spec::Process& process) {
  return geteuid() != 0 ? absl::OkStatus() : WriteOomScore(absl::StrCat(pid), process);
}

Status SetLimits(pid_t pid, const spec::Process& process) {
  ForgetCallersCpus(pid);
  TARE_RETURN_IF_ERROR(SetRlimits(pid, process.rlimits));
  if (process.scheduler) TARE_RETURN_IF_ERROR(SetScheduler(pid, *process.scheduler));
  if (process.io_priority) TARE_RETURN_IF_ERROR(SetIoPriority(pid, *process.io_priority));
  return absl::OkStatus();
}

Status SetCpuAffinity(pid_t pid, const std::string& cpus) {
  if (cpus.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const cpu_set_t set, ParseCpus(cpus));
  if (sched_setaffinity(pid, sizeof set, &set) != 0)
    return ErrnoError(errno, absl::StrCat("/process/execCPUAffinity: sched_setaffinity(", cpus, ")"));
  return absl::OkStatus();
}

}  // namespace tare::process
