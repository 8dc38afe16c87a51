// seccomp and the security modules.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "doctor/probes.h"
#include "kernel/file.h"
#include "security/lsm.h"
#include "security/seccomp.h"

namespace tare::doctor {
namespace {

struct Action {
  uint32_t value;
  const char* name;
};
constexpr Action kActions[] = {{SECCOMP_RET_KILL_PROCESS, "SCMP_ACT_KILL_PROCESS"},
                               {SECCOMP_RET_KILL_THREAD, "SCMP_ACT_KILL_THREAD"},
                               {SECCOMP_RET_TRAP, "SCMP_ACT_TRAP"},
                               {SECCOMP_RET_ERRNO, "SCMP_ACT_ERRNO"},
                               {SECCOMP_RET_USER_NOTIF, "SCMP_ACT_NOTIFY"},
                               {SECCOMP_RET_TRACE, "SCMP_ACT_TRACE"},
                               {SECCOMP_RET_LOG, "SCMP_ACT_LOG"},
                               {SECCOMP_RET_ALLOW, "SCMP_ACT_ALLOW"}};

constexpr const char* kFlags[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                  "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};

constexpr char kSeccompCure[] = "use a kernel with CONFIG_SECCOMP_FILTER";

// What there is of `all`.
Finding Compare(const std::vector<std::string>& present, const std::vector<std::string>& absent) {
  if (absent.empty()) return Ok(absl::StrJoin(present, ", "));
  const std::string detail = absl::StrCat("the kernel lacks ", absl::StrJoin(absent, ", "));
  return present.empty() ? Missing(detail, kSeccompCure)
                         : Limited(detail, "use Linux 5.19 or newer, which has all of them");
}

// A filter that allows everything.
Status InstallFilter() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoError(errno, "prctl(PR_SET_NO_NEW_PRIVS)");
  security::SeccompProgram program;
  program.filter.push_back({.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = SECCOMP_RET_ALLOW});
  return security::InstallSeccomp(program).status();
}

std::string Modules() {
  const std::string modules = kernel::ReadFile("/sys/kernel/security/lsm").value_or("");
  return modules.empty() ? "" : absl::StrCat(" (it runs ", modules, ")");
}

}  // namespace

Finding SeccompFilter(const Patient&) {
  return FindingOf(InstallFilter(), kSeccompCure);
}

Finding SeccompActions(const Patient&) {
  std::vector<std::string> present;
  std::vector<std::string> absent;
  for (const Action& action : kActions) {
    const bool available = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action.value) == 0;
    (available ? present : absent).emplace_back(action.name);
  }
  return Compare(present, absent);
}

Finding SeccompFlags(const Patient&) {
  const std::vector<std::string> present = security::SupportedSeccompFlags();
  std::vector<std::string> absent;
  for (const char* flag : kFlags)
    if (std::ranges::find(present, flag) == present.end()) absent.emplace_back(flag);
  return Compare(present, absent);
}

Finding Apparmor(const Patient&) {
  if (security::ApparmorEnabled()) return Ok("enabled");
  return Missing(absl::StrCat("the kernel does not run it", Modules()),
                 "boot with the kernel parameters apparmor=1 security=apparmor");
}

Finding Selinux(const Patient&) {
  if (!security::SelinuxEnabled())
    return Missing(absl::StrCat("the kernel does not run it", Modules()),
                   "boot with the kernel parameters selinux=1 security=selinux, and install a policy");
  const std::string enforce = kernel::ReadFile("/sys/fs/selinux/enforce").value_or("");
  if (absl::StripSuffix(enforce, "\n") == "1") return Ok("enforcing");
  return Limited("permissive: labels are set, but nothing is forbidden", "setenforce 1");
}

}  // namespace tare::doctor
