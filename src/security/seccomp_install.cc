#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "security/seccomp.h"
#include "security/seccomp_names.h"

namespace tare::security {
namespace {

long SetFilter(unsigned flags, const sock_fprog* program) {
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

// The kernel checks the flags before it reads the program, so EFAULT for the null pointer means that
// it knows them.
bool Supported(unsigned flag) {
  if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return SetFilter(flag, nullptr) != 0 && errno == EFAULT;
}

}  // namespace

StatusOr<kernel::Fd> InstallSeccomp(const SeccompProgram& program) {
  const sock_fprog code{.len = static_cast<unsigned short>(program.filter.size()),
                        .filter = const_cast<sock_filter*>(program.filter.data())};
  const unsigned listener = program.notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  const long result = SetFilter(program.flags | listener, &code);
  if (result < 0) return ErrnoError(errno, "seccomp(SECCOMP_SET_MODE_FILTER)");
  return kernel::Fd(program.notifies ? static_cast<int>(result) : -1);
}

std::vector<std::string> SupportedSeccompFlags() {
  std::vector<std::string> supported;
  for (const char* name : {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                           "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"})
    if (StatusOr<unsigned> flag = FilterFlag(name); flag.ok() && Supported(*flag))
      supported.emplace_back(name);
  return supported;
}

}  // namespace tare::security
