// The last steps of a container's process, from root in its namespaces to the user's program: init's and
// those of a process that exec adds. What needs no library is the last act (door/act.h). It is done here, or
// by the stub in our place.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "door/executable.h"
#include "kernel/fd.h"
#include "security/seccomp.h"
#include "setup/act.h"
#include "setup/channel.h"
#include "setup/inherited_fds.h"
#include "spec/config.h"

namespace tare::setup {

constexpr mode_t kDefaultUmask = 0022;  // images rely on it; runc and crun set it as well

// Why a program may not start although its filter was installed: capset(2) or execve(2) failed, or
// killed the process.
inline constexpr char kFilterForbids[] =
    "the seccomp filter must allow capset and execve, which start the program";

// What the process needs to set itself up, all made before the clone: the child computes nothing.
struct ProcessSetup {
  spec::Process process;
  std::optional<security::SeccompProgram> seccomp;
  std::optional<spec::Personality> personality;
  std::optional<spec::MemoryPolicy> memory_policy;
  InheritedFds fds;
};

// The filter is compiled or read by the caller: create and exec get it from different places. Makes the
// caller's descriptors inheritable, see PassFds().
StatusOr<ProcessSetup> MakeProcessSetup(spec::Process process, const spec::Linux& platform,
                                        std::optional<security::SeccompProgram> seccomp, int preserve_fds);

// The program and the last act before it, which is all that SetUpProcess() leaves to be done.
struct Program {
  std::vector<std::string> env;
  ActBlock act;
  kernel::Fd listener;  // kept open until the parent has it, or until execve(2)
};

// Child: applies what can be applied as root: personality, memory policy, working directory, groups, umask.
// Looks for the program, as the user who will run it. Then makes the act of the rest; `act` says what init
// and a process of exec do differently, and `context` is put in front of errors of the program.
StatusOr<Program> SetUpProcess(const ProcessSetup& setup, const door::Act& act, absl::string_view context);

// Child: takes the identity of the program.
Status TakeIdentity(const Program& program);

// Child: waits until it is started, see door::AwaitStart.
Status AwaitStart(const ActBlock& act, bool& started);

// Child: installs the filter and lowers the capabilities to the program's. No other system call may follow
// but write(2) of an error: whatever else the filter forbids does not prevent the program from running.
Status Confine(const Program& program);

// Child: the same if the filter notifies; does nothing otherwise. The listener is sent over `channel` at
// once, while the parent is there to pass it on: from now on any call may wait for the agent that gets it.
// From here to the program, SIGCHLD leaves no zombies.
Status ConfineNotifying(const ProcessSetup& setup, Program& program, Channel& channel);

// Child: confines and executes the program. Returns only an error.
Status RunProgram(const ProcessSetup& setup, const Program& program);

// Child: the stub does all of it: takes the identity, waits to be started, confines and executes the program.
// Returns only an error.
Status RunThroughDoor(const ProcessSetup& setup, const Program& program, const door::Executable& door);

}  // namespace tare::setup
