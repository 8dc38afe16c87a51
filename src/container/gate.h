// The gate at which the init of a created container waits for `start`: two FIFOs in
// the container's directory.
//
//   start                            init
//   Go ────────── exec.fifo ───────▶
//   ◀─────── answers/exec.fifo ───── HooksBegin, HooksRan: around the startContainer hooks, if there are any
//   ◀─────── answers/exec.fifo ───── Failed(why), or its end: the exec has closed it
//
// Init inherits both and needs only read(2) and write(2); it waits in door::AwaitStart. A seccomp filter may
// be in force already, but one that allows any program to run allows these. The gate exists exactly as long
// as the container is in the created state. It is removed together with Go, because the container also starts
// if `start` is killed while it waits for the answer. `start` holds a lock on exec.fifo until then.
#pragma once

#include "base/status.h"
#include "container/store.h"
#include "kernel/fd.h"

namespace tare::container {

// Init's side. Both FIFOs are open for reading and writing (fifo(7)), so that reads do not end and writes do
// not fail while there is no `start`.
struct Gate {
  kernel::Fd go;
  kernel::Fd answers;  // close on exec
};

// For the creating process: creates the gate, which init inherits.
StatusOr<Gate> BuildGate(const Directory& directory);

// For init: sends HooksBegin and HooksRan. If init dies between them, the program has not been executed.
enum class HooksPhase { kBegin, kRan };
Status TellHooks(int answers, HooksPhase phase);

// For init: sends Failed.
void TellStarter(int answers, const Status& why);

// For `start`: sends Go and waits until the program runs. The error is init's; Aborted: init was killed.
Status OpenGate(const Directory& directory);

// True if the error is that of a startContainer hook.
bool FailedInHooks(const Status& opened);

// True until OpenGate() has sent Go.
StatusOr<bool> GateStands(const Directory& directory);

}  // namespace tare::container
