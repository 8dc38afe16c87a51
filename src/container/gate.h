// The gate at which the init of a created container waits for `start`: a socket in the container's folder.
//
//   start                            init
//   connect ───────────────────────▶ accept, close the listener
//   Go ────────────────────────────▶
//   ◀───────────── HooksBegin, HooksRan  around the startContainer hooks, if there are any
//                                    seccomp, exec
//   ◀─────────────────── Failed(why), or the end of the connection: the exec has closed it
//
// The gate stands exactly while the container is created: it falls with Go, for a `start` that is killed
// while it waits for the answer starts the container all the same.
#pragma once

#include "base/status.h"
#include "container/store.h"
#include "kernel/fd.h"

namespace tare::container {

// Creator: the listening socket, to be inherited by init.
StatusOr<kernel::Fd> BuildGate(const Folder& folder);

// Init: waits for a `start` that says Go; connections that end before they do are ignored. The descriptor
// returned is where Failed is reported; it closes on exec.
StatusOr<kernel::Fd> WaitAtGate(kernel::Fd listener);

// Init: HooksBegin and HooksRan. One that dies between them has not become the program.
enum class HooksPhase { kBegin, kRan };
Status TellHooks(int starter, HooksPhase phase);

// Init: Failed.
void TellStarter(int starter, const Status& why);

// `start`: opens the gate and waits until the program runs; the error is init's, or Aborted: it was killed.
Status OpenGate(const Folder& folder);

// True until OpenGate has said Go.
bool GateStands(const Folder& folder);

}  // namespace tare::container
