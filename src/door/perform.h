// Carries out an act (act.h). Written without the C library, the heap and errno, because the same code is
// compiled into the runtime and into the executable of executable.h. Nothing here returns an error that
// cannot be sent.
#pragma once

#include "door/act.h"

namespace tare::door {

// From root in the container's namespaces to the identity of the program: pid namespace and session (exec),
// labels, no_new_privs, capabilities, user. What follows needs no privileges but those for the filter.
Failure TakeIdentity(const Act& act);

// Tells the runtime that init is ready, and waits until it is started. Uses read(2), write(2), close(2) only,
// but for the wait at the gate: there, every signal that is meant to end a process ends this one, even if it
// is process 1 of a pid namespace, to which the kernel does not even deliver them by default
// (pid_namespaces(7)). `started` becomes true when init has been let through the gate: from then on, a
// failure is told to `start`, and to the creator before.
Failure AwaitStart(const Act& act, bool& started);

// Installs the filter and lowers the capabilities to the final ones. No other system call may follow but
// execve(2) and write(2): whatever else the filter forbids does not prevent the program from running.
Failure Confine(const Act& act);

// execve(2). Returns only if it fails.
Failure Execute(const Act& act, char* const* args, char* const* env);

// Sends the failure to whoever waits: to `start` if the gate has opened, otherwise to the runtime.
void SendReport(const Act& act, const Failure& failure, bool started);

}  // namespace tare::door
