// Signal dispositions and masks of the runtime and of what it starts. What a caller ignores or blocks stays
// so over execve(2) (signal(7), "Signal dispositions").
#pragma once

namespace tare::kernel {

// The first call in each of our programs. SIGCHLD gets its default action: if it were ignored, the kernel
// would reap the children, and their exit status would be lost (wait(2)). Writing to a closed pipe (SIGPIPE)
// or past a limit (SIGXFSZ) is an error of write(2) and does not end the process.
void SettleSignals();

// Dies of SIGPIPE, silently, as a program does whose reader has exited before it.
[[noreturn]] void DieOfBrokenPipe();

// In a child that execs or becomes a program: every signal is unblocked and does what it does by default, as
// a program expects to find it.
void ResetSignals();

// Until ResetSignals or execve(2): this process dies of what is sent to end a process, also as process 1 of
// its pid namespace, which by default does not even hear of it (pid_namespaces(7)), and then with exit status
// 128 + signal. Other signals pass it by, also without a pid namespace of its own.
void DieOfSignals();

// All signals wait for the loop that reads them (signalfd(2)); also one that is ignored waits when it is
// blocked.
void BlockSignals();

}  // namespace tare::kernel
