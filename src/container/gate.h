// The gate at which the init of a created container waits for `start`: two FIFOs in the container's
// directory.
//
//   start                            init
//   Go ────────── exec.fifo ───────▶
//   ◀─────── answers/exec.fifo ───── HooksBegin, HooksRan: around the startContainer hooks, if there are any
//   ◀─────── answers/exec.fifo ───── Failed(why), or its end: the exec has closed it
//
// Init opens neither and needs nothing but read(2) and write(2), which a seccomp filter that is in force
// already lets through if any program is to run. The gate exists exactly while the container is created: it
// is removed with Go, because a `start` that is killed while it waits for the answer starts the container
// all the same. `start` holds a lock on exec.fifo until then.
#pragma once

#include "base/status.h"
#include "container/store.h"
#include "kernel/fd.h"

namespace tare::container {

// Init's side. Both are open for reading and writing (fifo(7)): there is always somebody at the other end, so
// that nothing ends, blocks or breaks for want of a `start`.
struct Gate {
  kernel::Fd go;
  kernel::Fd answers;  // close on exec
};

// Creator: the gate, to be inherited by init.
StatusOr<Gate> BuildGate(const Directory& directory);

// Init: waits for a `start` that says Go.
Status WaitAtGate(int go);

// Init: until `start` has torn the gate down, or has died. Not under a filter: flock(2).
void LetStarterFinish(int go);

// Init: HooksBegin and HooksRan. One that dies between them has not become the program.
enum class HooksPhase { kBegin, kRan };
Status TellHooks(int answers, HooksPhase phase);

// Init: Failed.
void TellStarter(int answers, const Status& why);

// `start`: opens the gate and waits until the program runs; the error is init's, or Aborted: it was killed.
Status OpenGate(const Directory& directory);

// Whether the error is a startContainer hook's.
bool FailedInHooks(const Status& opened);

// True until OpenGate has said Go.
StatusOr<bool> GateStands(const Directory& directory);

}  // namespace tare::container
