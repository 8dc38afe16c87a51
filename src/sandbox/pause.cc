// The program of a pod's sandbox, which keeps the pod's namespaces alive. It may be the init of a PID
// namespace that the pod's containers share, so it reaps every process that ends there. It exits with 0 on
// SIGTERM or SIGINT. It has no C library, no heap and no writable data but its stack.
#include <signal.h>
#include <sys/wait.h>

#include "door/syscalls.h"

using namespace tare::door;

namespace {

constexpr long kBytesOfMask = 8;  // of the kernel's sigset_t

constexpr unsigned long Bit(int signal) {
  return 1UL << (signal - 1);
}

}  // namespace

// A blocked signal is queued even for the init of a PID namespace, which would otherwise not get a signal
// that it has no handler for.
extern "C" [[noreturn]] void Pause() {
  const unsigned long signals = Bit(SIGTERM) | Bit(SIGINT) | Bit(SIGCHLD);
  Call(SYS_rt_sigprocmask, SIG_BLOCK, Address(&signals), 0, kBytesOfMask);
  for (;;) {
    while (Call(SYS_wait4, -1, 0, WNOHANG) > 0) {
    }
    const long signal = Call(SYS_rt_sigtimedwait, Address(&signals), 0, 0, kBytesOfMask);
    if (signal == SIGTERM || signal == SIGINT) Call(SYS_exit_group, 0);
  }
}

#if defined(__x86_64__)
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  call Pause\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start:\n  mov x29, xzr\n  bl Pause\n");
#endif
