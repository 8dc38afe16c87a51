#include "kernel/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace tare::kernel {
namespace {

// sigaction(2) as the kernel takes it. The wrapper refuses signals 32 and 33, which are the C library's own
// but which a caller may ignore.
struct KernelAction {
  uint64_t handler = 0;  // SIG_DFL
  uint64_t flags = 0;
  uint64_t restorer = 0;
  uint64_t mask = 0;
};

}  // namespace

void SettleSignals() {
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void ResetSignals() {
  const KernelAction standard;
  for (int signal = 1; signal < NSIG; ++signal)
    syscall(SYS_rt_sigaction, signal, &standard, nullptr, sizeof standard.mask);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace tare::kernel
