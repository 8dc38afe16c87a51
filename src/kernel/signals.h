// Signal dispositions and masks of the runtime and of the programs it starts. Signals that a caller ignores
// or blocks stay so across execve(2) (signal(7), "Signal dispositions").
#pragma once

namespace tare::kernel {

// The first call in each of our programs. SIGCHLD gets its default action: if it were ignored, the kernel
// would reap the children and their exit status would be lost (wait(2)). SIGPIPE and SIGXFSZ are ignored, so
// that writing to a closed pipe or past a limit is an error of write(2) and does not kill the process.
void SettleSignals();

// Kills this process with SIGPIPE, silently, as other programs die whose reader has exited.
[[noreturn]] void DieOfBrokenPipe();

// In a child, before it executes a program: unblocks all signals and gives them their default actions, as
// a program expects.
void ResetSignals();

// Blocks all signals, for a loop that reads them with signalfd(2). A blocked signal stays pending even if
// it is ignored.
void BlockSignals();

}  // namespace tare::kernel
