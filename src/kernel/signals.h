// Signal dispositions and masks of the runtime and of what it starts. What a caller ignores or blocks stays
// so over execve(2) (signal(7), "Signal dispositions").
#pragma once

namespace tare::kernel {

// First thing in each of our programs, whoever called it. SIGCHLD does what it does by default: for one who
// ignores it, the kernel waits for the children and nobody hears how they ended (wait(2)). To write where
// nobody reads (SIGPIPE) or past a limit (SIGXFSZ) is an error of write(2), not the end half-way.
void SettleSignals();

// Dies of SIGPIPE, which is how a program leaves whose reader has left before it, without a word.
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
