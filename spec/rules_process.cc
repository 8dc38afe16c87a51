#include <sys/resource.h>

#include <bitset>

#include "spec/rule_set.h"

namespace tare::spec {
namespace {

Status CheckRlimits(const std::vector<Rlimit>& rlimits, const std::string& at) {
  std::bitset<RLIM_NLIMITS> seen;
  for (size_t i = 0; i < rlimits.size(); ++i) {
    const Rlimit& rlimit = rlimits[i];
    const auto resource = static_cast<size_t>(rlimit.resource);
    if (seen[resource])
      return Broken(absl::StrCat(at, "/", i, "/type"), "this type is listed more than once");
    seen.set(resource);
    if (rlimit.soft > rlimit.hard) {
      return Broken(absl::StrCat(at, "/", i), "the soft limit ", rlimit.soft, " is above the hard limit ",
                    rlimit.hard);
    }
  }
  return absl::OkStatus();
}

// sched_setattr(2) would ignore a priority, and refuse a deadline, that does not match the policy.
Status CheckScheduler(const Scheduler& scheduler, const std::string& at) {
  constexpr uint32_t kFifo = 1, kRoundRobin = 2, kDeadline = 6;  // SCHED_*
  if (scheduler.priority != 0 && scheduler.policy != kFifo && scheduler.policy != kRoundRobin) {
    return Broken(at + "/priority", "needs the policy SCHED_FIFO or SCHED_RR");
  }
  const bool has_deadline = scheduler.runtime != 0 || scheduler.deadline != 0 || scheduler.period != 0;
  if (has_deadline && scheduler.policy != kDeadline) {
    return Broken(at, "runtime, deadline and period need the policy SCHED_DEADLINE");
  }
  return absl::OkStatus();
}

// The texts are runc's.
Status CheckEnv(const std::vector<std::string>& env, const std::string& at) {
  for (size_t i = 0; i < env.size(); ++i) {
    const size_t equals = env[i].find('=');
    if (equals == 0)
      return Broken(absl::StrCat(at, "/", i), "invalid environment variable: name cannot be empty");
    if (equals == std::string::npos)
      return Broken(absl::StrCat(at, "/", i), "invalid environment variable: missing '='");
  }
  return absl::OkStatus();
}

}  // namespace

Status CheckProcess(const Process& process, absl::string_view at) {
  const std::string prefix(at);
  // The parser has checked this in documents, but `exec` also creates a process from flags.
  if (!process.cwd.starts_with('/')) {
    return Broken(prefix + "/cwd", "must be an absolute path, not \"", process.cwd, "\"");
  }
  if (process.args.empty()) return Broken(prefix + "/args", "must not be empty");
  TARE_RETURN_IF_ERROR(CheckEnv(process.env, prefix + "/env"));
  TARE_RETURN_IF_ERROR(CheckRlimits(process.rlimits, prefix + "/rlimits"));
  if (process.scheduler) TARE_RETURN_IF_ERROR(CheckScheduler(*process.scheduler, prefix + "/scheduler"));
  return absl::OkStatus();
}

}  // namespace tare::spec
