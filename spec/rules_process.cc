#include <sys/resource.h>

#include <bitset>

#include "spec/rule_set.h"

namespace tare::spec {
namespace {

void CheckRlimits(const std::vector<Rlimit>& rlimits, const std::string& at, Faults& faults) {
  const bool types_are_known = faults.Sound(at);
  std::bitset<RLIM_NLIMITS> seen;
  for (size_t i = 0; i < rlimits.size(); ++i) {
    const Rlimit& rlimit = rlimits[i];
    const auto resource = static_cast<size_t>(rlimit.resource);
    if (seen[resource] && types_are_known)
      faults.Broken(absl::StrCat(at, "/", i, "/type"), "this type is listed more than once");
    seen.set(resource);
    if (rlimit.soft > rlimit.hard) {
      faults.Broken(absl::StrCat(at, "/", i), "the soft limit ", rlimit.soft, " is above the hard limit ",
                    rlimit.hard);
    }
  }
}

// sched_setattr(2) would ignore a priority, and refuse a deadline, that does not match the policy.
void CheckScheduler(const Scheduler& scheduler, const std::string& at, Faults& faults) {
  constexpr uint32_t kFifo = 1, kRoundRobin = 2, kDeadline = 6;  // SCHED_*
  if (!faults.Sound(at)) return;
  if (scheduler.priority != 0 && scheduler.policy != kFifo && scheduler.policy != kRoundRobin) {
    faults.Broken(at + "/priority", "needs the policy SCHED_FIFO or SCHED_RR");
  }
  const bool has_deadline = scheduler.runtime != 0 || scheduler.deadline != 0 || scheduler.period != 0;
  if (has_deadline && scheduler.policy != kDeadline) {
    faults.Broken(at, "runtime, deadline and period need the policy SCHED_DEADLINE");
  }
}

// The texts are runc's.
void CheckEnv(const std::vector<std::string>& env, const std::string& at, Faults& faults) {
  for (size_t i = 0; i < env.size(); ++i) {
    const size_t equals = env[i].find('=');
    if (equals == 0)
      faults.Broken(absl::StrCat(at, "/", i), "invalid environment variable: name cannot be empty");
    if (equals == std::string::npos)
      faults.Broken(absl::StrCat(at, "/", i), "invalid environment variable: missing '='");
  }
}

}  // namespace

void CheckProcess(const Process& process, const std::string& at, Faults& faults) {
  // The parser has checked this in documents, but `exec` also creates a process from flags.
  if (!process.cwd.starts_with('/')) {
    faults.Broken(at + "/cwd", "must be an absolute path, not \"", process.cwd, "\"");
  }
  if (process.args.empty()) faults.Broken(at + "/args", "must not be empty");
  CheckEnv(process.env, at + "/env", faults);
  CheckRlimits(process.rlimits, at + "/rlimits", faults);
  if (process.scheduler) CheckScheduler(*process.scheduler, at + "/scheduler", faults);
}

}  // namespace tare::spec
