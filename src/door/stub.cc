// The executable that carries out one act, which follows it in the same file (executable.h). It has no C
// library, no heap and no writable data but its stack.
#include <linux/close_range.h>
#include <linux/prctl.h>

#include "door/perform.h"
#include "door/syscalls.h"
#include "kernel/init_name.h"

using namespace tare::door;

// The end of the executable, by stub.ld.
extern "C" const Act act;

// `stack`: argc, the arguments, nullptr, the environment, nullptr (the ABI's initial process stack). The
// first argument is this program's own; the program's follow.
extern "C" [[noreturn]] void Perform(char** stack) {
  const long argc = reinterpret_cast<long>(stack[0]);
  char** args = stack + 2;
  char** env = stack + argc + 2;
  // Before all else: exec has made the process dumpable.
  Call(SYS_prctl, PR_SET_DUMPABLE, 0);
  Call(SYS_prctl, PR_SET_NAME, Address(tare::kernel::kInitName));
  Call(SYS_close_range, act.first_closed, ~0U, CLOSE_RANGE_CLOEXEC);
  bool started = false;
  Failure failure = TakeIdentity(act);
  if (!failure) failure = AwaitStart(act, started);
  if (!failure) failure = Confine(act);
  if (!failure) failure = Execute(act, args, env);
  SendReport(act, failure, started);
  for (;;) Call(SYS_exit_group, 1);
}

#if defined(__x86_64__)
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  call Perform\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start:\n  mov x29, xzr\n  mov x0, sp\n  bl Perform\n");
#endif
