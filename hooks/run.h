// Runs lifecycle hooks (config.md, "POSIX-platform Hooks").
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "spec/config.h"

namespace tare::hooks {

// In place of a descriptor in Surroundings.
inline constexpr int kRootDirectory = -2;

// What the specification leaves open: the directory that hooks run in, and the environment of a hook that
// has none of its own.
struct Surroundings {
  int directory = -1;  // a descriptor of it; kRootDirectory: "/"; -1: the caller's working directory
  const std::vector<std::string>* env = nullptr;  // nullptr: the caller's own environment
  // Descriptors that the hook writes to; -1: its output is kept for the error, if it fails.
  int out = -1;
  int err = -1;
  // Called in the hook's process right before its program is executed, to confine it; nullptr: nothing.
  const std::function<Status()>* confine = nullptr;
};

// Runs the hooks in order, in the caller's namespaces. Each gets `state_json` on stdin, exactly its own
// environment if it has one (which may be empty), and no descriptors but 0 to 2. The first hook that fails is
// the error, and the later ones do not run. A hook fails if it exits with another code than 0, is killed by a
// signal, or runs longer than its timeout; then it is killed with its process group. The error counts from 0,
// as runc's does, and quotes the last 4 KiB of stderr and of stdout: `error running createRuntime hook #1:
// /bin/x: exit status 3: <stderr>`. `kind` is the spec's word ("createRuntime"). May also be called in a
// child of clone3: it uses no threads and no atexit(3).
Status Run(const std::vector<spec::Hook>& hooks, absl::string_view kind, const std::string& state_json,
           const Surroundings& surroundings = {});

// The same for the hook at `index` alone.
Status RunOne(const std::vector<spec::Hook>& hooks, size_t index, absl::string_view kind,
              const std::string& state_json, const Surroundings& surroundings = {});

}  // namespace tare::hooks
