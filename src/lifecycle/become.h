// From root in the container to the user's program: the last steps, shared by init and by exec'ed processes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "lifecycle/channel.h"
#include "security/seccomp.h"
#include "spec/config.h"

namespace tare::lifecycle {

constexpr mode_t kDefaultUmask = 0022;  // images rely on it; runc and crun set it, too

// Made before the clone: nothing here is computed in the child.
struct Becoming {
  spec::Process process;
  security::SeccompProgram seccomp;
  bool has_seccomp = false;
  std::vector<std::string> listen_env;  // LISTEN_FDS and its company
  int first_closed_fd = 3;              // descriptors from here on do not reach the program
};

// What Become leaves for Run.
struct Program {
  std::string path;
  std::vector<std::string> env;
  bool seccomp_pending = false;
};

// Applies everything of `process` but the last: labels, no_new_privs, seccomp if it cannot wait, user,
// capabilities, working directory; and finds the program, as the user who will run it. A seccomp listener is
// told on `channel`.
StatusOr<Program> Become(const Becoming& becoming, Channel& channel);

// Installs what is pending and execs. Returns only with the error.
Status RunProgram(const Becoming& becoming, const Program& program);

}  // namespace tare::lifecycle
