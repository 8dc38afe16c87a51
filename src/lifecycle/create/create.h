// create and run: from a bundle to a container.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/child_process.h"
#include "lifecycle/runtime.h"

namespace tare::lifecycle {

struct CreateOptions {
  std::string id;
  std::string bundle = ".";
  std::string config;          // the text of an earlier config.json, used in place of the bundle's
  std::string console_socket;  // a UNIX socket that gets the terminal's master (SCM_RIGHTS)
  std::string pidfd_socket;    // a UNIX socket that gets init's pidfd
  std::string pid_file;
  int preserve_fds = 0;  // how many descriptors from 3 on the container gets, besides LISTEN_FDS
  bool no_pivot = false;
  bool no_new_keyring = false;
};

// Creates a container, which is then in the created state; the caller may exit. On failure nothing is left.
Status Create(const Runtime& runtime, const CreateOptions& options);

// The same in a worker (kernel/worker.h) of a process that stays: init becomes its child, and a terminal
// needs no console socket. That process has protected its executable before (security/own_executable.h).
StatusOr<ChildProcess> CreateInWorker(const Runtime& runtime, const CreateOptions& options);

struct RunOptions {
  CreateOptions create;
  bool detach = false;
  bool keep = false;  // the container is not deleted when it has ended
  bool no_subreaper = false;
};

// Creates and starts a container. In the foreground, it waits until init has ended, forwards signals and the
// terminal, deletes the container (unless `keep`) and returns init's exit status: 128 + N after signal N.
// Detached, it returns 0.
StatusOr<int> Run(const Runtime& runtime, const RunOptions& options);

}  // namespace tare::lifecycle
