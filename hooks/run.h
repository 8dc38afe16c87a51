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

// What the specification leaves open: where hooks run, and the environment of those that have none of their
// own.
struct Surroundings {
  int directory = -1;  // a descriptor of it; kRootDirectory: "/"; -1: the caller's working directory
  const std::vector<std::string>* env = nullptr;  // nullptr: the caller's own environment
  // What binds the hook's process alone, called in it right before its program; nullptr: nothing.
  const std::function<Status()>* confine = nullptr;
};

// Runs the hooks in order in the caller's namespaces: each gets `state_json` on stdin, exactly its own
// environment if it has one (it may be empty), and no descriptor but 0 to 2 (stdout and stderr are kept apart
// and quoted in the error, the last 4 KiB of them). A hook that ends with another code than 0, dies of a
// signal, or outlives its timeout (it is killed, with its process group) ends the row with an error, in whose
// first words runc counts from 0: `error running createRuntime hook #1: /bin/x: exit status 3: <what it wrote
// on stderr>`. `kind` is the spec's word ("createRuntime"). Usable in a child of clone3 as well (no threads,
// no atexit).
Status Run(const std::vector<spec::Hook>& hooks, absl::string_view kind, const std::string& state_json,
           const Surroundings& surroundings = {});

// The same for the hook at `index` alone.
Status RunOne(const std::vector<spec::Hook>& hooks, size_t index, absl::string_view kind,
              const std::string& state_json, const Surroundings& surroundings = {});

}  // namespace tare::hooks
