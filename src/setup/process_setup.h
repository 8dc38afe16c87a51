// The last steps of a container's process, from root in its namespaces to the user's program: init's and
// those of a process that exec adds.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernel/fd.h"
#include "security/capabilities.h"
#include "security/seccomp.h"
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

// What SetUpProcess() leaves to be done.
struct Program {
  std::string path;
  std::vector<std::string> env;
  security::CapabilitySets capabilities;
  bool seccomp_pending = false;
  bool capabilities_pending = false;  // CAP_SYS_ADMIN is held until the filter is installed
  kernel::Fd listener;                // kept open until the parent has it, or until execve(2)
};

// Child: applies everything in `setup` but the filter: personality, memory policy, labels, no_new_privs,
// user, capabilities, working directory. Then it looks for the program, as the user who will run it.
StatusOr<Program> SetUpProcess(const ProcessSetup& setup);

// Child: installs the filter and lowers the capabilities to the program's. No other system call may follow
// but write(2) of an error: whatever else the filter forbids does not prevent the program from running.
Status Confine(const ProcessSetup& setup, Program& program);

// Child: the same if the filter notifies; does nothing otherwise. The listener is sent over `channel` at
// once, while the parent is there to pass it on: from now on any call may wait for the agent that gets it.
// From here to the program, SIGCHLD leaves no zombies.
Status ConfineNotifying(const ProcessSetup& setup, Program& program, Channel& channel);

// Child: confines, if that is pending, and executes the program. Returns only an error.
Status RunProgram(const ProcessSetup& setup, Program& program);

}  // namespace tare::setup
