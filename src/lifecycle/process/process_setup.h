// From root in the container to the user's program: the last steps, shared by init and by exec'ed processes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "lifecycle/process/channel.h"
#include "security/capabilities.h"
#include "security/seccomp.h"
#include "spec/config.h"

namespace tare::lifecycle {

constexpr mode_t kDefaultUmask = 0022;  // images rely on it; runc and crun set it, too

// Said when capset(2) or execve(2) failed, or killed the process, after the filter had been installed.
inline constexpr char kFilterForbids[] =
    "the seccomp filter must allow capset and execve, which start the program";

// Made before the clone: nothing here is computed in the child.
struct ProcessSetup {
  spec::Process process;
  security::SeccompProgram seccomp;
  bool has_seccomp = false;
  std::vector<std::string> listen_env;  // LISTEN_FDS and its company
  int first_closed_fd = 3;              // descriptors from here on do not reach the program
};

// What Become leaves to be done.
struct Program {
  std::string path;
  std::vector<std::string> env;
  security::CapabilitySets capabilities;
  bool seccomp_pending = false;
  bool capabilities_pending = false;  // CAP_SYS_ADMIN is held until the filter is in force
  kernel::Fd listener;                // kept open until the parent has it, or until execve(2)
};

// Applies everything of `process` but the last: labels, no_new_privs, user, capabilities, working directory;
// and finds the program, as the user who will run it.
StatusOr<Program> SetUpProcess(const ProcessSetup& setup);

// Installs the filter, and lowers the capabilities to the program's. No other system call follows it but
// write(2) of an error: whatever else the filter forbids does not keep the program from running.
Status Confine(const ProcessSetup& setup, Program& program);

// Confine with a filter that notifies, whose listener is sent on `channel`, as soon as the parent can pass it
// on: from here on every call may wait for the process that gets it. Nothing is done without such a filter.
// From here to the program, SIGCHLD leaves no zombies.
Status ConfineNotifying(const ProcessSetup& setup, Program& program, Channel& channel);

// Parent: why a child ended, which is called `name` then, before the program ran. Waits for it.
Status WhyItDied(const kernel::Child& child, absl::string_view name);

// Confines, if that is pending, and execs. Returns only with the error.
Status RunProgram(const ProcessSetup& setup, Program& program);

}  // namespace tare::lifecycle
