#include "process/attributes.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/step.h"
#include "kernel/procfs.h"

namespace tare::process {
namespace {

// struct sched_attr of sched_setattr(2). The header linux/sched/types.h conflicts with glibc's sched_param.
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

Status SetScheduler(pid_t pid, const spec::Scheduler& scheduler, const std::string& cpus) {
  SchedAttributes attributes{.policy = scheduler.policy,
                             .flags = scheduler.flags,
                             .nice = scheduler.nice,
                             .priority = scheduler.priority,
                             .runtime = scheduler.runtime,
                             .deadline = scheduler.deadline,
                             .period = scheduler.period};
  if (syscall(SYS_sched_setattr, pid, &attributes, 0) == 0) return absl::OkStatus();
  const int error = errno;
  // SCHED_DEADLINE needs all CPUs of the machine (sched_setattr(2)). The text is runc's.
  const bool bound = error == EPERM && !cpus.empty();
  return ErrnoError(error, bound
                               ? absl::StrCat("process scheduler can't be used together with AllowedCPUs (\"",
                                              cpus, "\"): /process/scheduler: sched_setattr")
                               : "/process/scheduler: sched_setattr");
}

// ioprio_set(2). In C++ linux/ioprio.h of Linux 6.1.190 cannot be included: it has a parameter named `class`.
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
      return InvalidError("/process/execCPUAffinity: \"", list, "\" is not a list of CPUs such as \"0-3,7\"");
    for (unsigned cpu = first; cpu <= last; ++cpu) CPU_SET(cpu, &set);
  }
  return set;
}

Status WriteOomScore(absl::string_view pid, const spec::Process& process) {
  if (!process.oom_score_adj) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const kernel::Procfs* procfs, kernel::Procfs::Get());
  Status status = procfs->Write(absl::StrCat(pid, "/oom_score_adj"), absl::StrCat(*process.oom_score_adj));
  if (ErrnoOf(status) == EACCES)
    return Annotate(status, "/process/oomScoreAdj: lowering the score requires privilege");
  return status;
}

}  // namespace

Status PassOnOomScore(const spec::Process& process) {
  return geteuid() == 0 ? absl::OkStatus() : WriteOomScore("self", process);
}

Status SetOomScore(pid_t pid, const spec::Process& process) {
  return geteuid() != 0 ? absl::OkStatus() : WriteOomScore(absl::StrCat(pid), process);
}

Status SetLimits(pid_t pid, const spec::Process& process, const std::string& cpus) {
  TARE_STEP("set ", process.rlimits.size(), " resource limits of process ", pid);
  TARE_RETURN_IF_ERROR(SetRlimits(pid, process.rlimits));
  if (process.scheduler) TARE_RETURN_IF_ERROR(SetScheduler(pid, *process.scheduler, cpus));
  if (process.io_priority) TARE_RETURN_IF_ERROR(SetIoPriority(pid, *process.io_priority));
  return absl::OkStatus();
}

void ForgetCallersCpus(pid_t pid) {
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  (void)sched_setaffinity(pid, sizeof all, &all);
}

std::string CpuAffinity() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  (void)sched_getaffinity(0, sizeof cpus, &cpus);
  std::string digits;
  for (int first = CPU_SETSIZE - 4; first >= 0; first -= 4) {
    unsigned digit = 0;
    for (int bit = 0; bit < 4; ++bit) digit |= CPU_ISSET(first + bit, &cpus) ? 1U << bit : 0U;
    if (digit != 0 || !digits.empty()) digits += "0123456789abcdef"[digit];
  }
  return absl::StrCat("0x", digits.empty() ? "0" : digits);
}

Status SetCpuAffinity(pid_t pid, const std::string& cpus) {
  if (cpus.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const cpu_set_t set, ParseCpus(cpus));
  if (sched_setaffinity(pid, sizeof set, &set) != 0)
    return ErrnoError(errno, absl::StrCat("/process/execCPUAffinity: sched_setaffinity(", cpus, ")"));
  return absl::OkStatus();
}

}  // namespace tare::process
