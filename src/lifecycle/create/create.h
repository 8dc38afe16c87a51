// create and run: from a bundle to a container.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/process/child_process.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

struct CreateOptions {
  std::string id;
  std::string bundle = ".";
  std::string config;          // the text of a config.json that was kept, in place of the bundle's
  std::string console_socket;  // a UNIX socket that gets the terminal's master (SCM_RIGHTS)
  std::string pidfd_socket;    // a UNIX socket that gets init's pidfd
  std::string pid_file;
  int preserve_fds = 0;  // how many descriptors from 3 on the container gets, besides LISTEN_FDS
  bool no_pivot = false;
  bool no_new_keyring = false;
};

// The container exists, in status created; the caller may exit. On failure nothing is left.
Status Create(const Runtime& runtime, const CreateOptions& options);

// The same for a caller that stays, in a worker's copy of itself: a terminal needs no console socket. The
// caller has protected its executable (security/own_executable.h) before.
StatusOr<ChildProcess> CreateInWorker(const Runtime& runtime, const CreateOptions& options);

struct RunOptions {
  CreateOptions create;
  bool detach = false;
  bool keep = false;  // do not delete it when it has ended
  bool no_subreaper = false;
};

// Creates and starts. In the foreground: stays until init has ended, forwards signals and the terminal,
// deletes the container (unless `keep`) and returns init's exit status, 128 + N after signal N. Detached:
// returns 0.
StatusOr<int> Run(const Runtime& runtime, const RunOptions& options);

}  // namespace tare::lifecycle
